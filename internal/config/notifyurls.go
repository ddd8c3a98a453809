package config

import (
	"encoding/json"
	"regexp"
	"strings"
)

// NotifyURLs finds the addresses of the notification services in a config that can't be used, so that its failure can
// be told. It looks for the keys anywhere in the text, whatever else is wrong with it; an address that is not there or
// is none is "".
func NotifyURLs(data []byte) (healthchecks, gotify string, services []Service) {
	entry := regexp.MustCompile(`(?i)"(healthchecksUrl|gotifyUrl)"\s*:\s*("(?:[^"\\]|\\.)*")`)
	for _, match := range entry.FindAllSubmatch(data, -1) {
		var text string
		if err := json.Unmarshal(match[2], &text); err != nil {
			continue
		}
		address, err := webURL(text)
		if err != nil || address == "" {
			continue
		}
		if strings.EqualFold(string(match[1]), "gotifyUrl") {
			gotify = address
		} else {
			healthchecks = address
		}
	}
	return healthchecks, gotify, servicesIn(data)
}

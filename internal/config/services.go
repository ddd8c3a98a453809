package config

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"iab/internal/serviceurl"
)

// Service is a notification service that is named by a URL.
type Service struct {
	Key    string // where it stands in the config: iab.notify[0]
	URL    serviceurl.URL
	Always bool // told of good runs, too
}

// fileNotify is written as a plain address, too, which means that the service is told of failures.
const (
	onFailure = "failure"
	onAlways  = "always"

	hintService = `a service URL looks like ntfy://HOST/TOPIC, or generic+https://HOST/PATH for a webhook; README.md shows more`
)

// UnmarshalJSON reads the address alone; the decoder reads objects itself, key by key.
func (f *fileNotify) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &f.URL) }

// services checks the services. Their addresses are never shown.
func (r *reading) services(path string, list []fileNotify) []Service {
	var services []Service
	for i, entry := range list {
		service := Service{Key: element(path, i), Always: entry.On == onAlways}
		if entry.On != "" && entry.On != onFailure && entry.On != onAlways {
			r.choice(member(service.Key, "on"), "occasion", entry.On, []string{onFailure, onAlways})
		}
		address, err := serviceurl.Parse(entry.URL)
		if err != nil {
			place := service.Key
			if _, object := r.problems.places[member(place, "url")]; object {
				place = member(place, "url")
			}
			r.problems.add(place, hintOf(entry.URL), "%s", err)
		}
		service.URL = address
		services = append(services, service)
	}
	return services
}

// hintOf proposes the service that a mistyped address was probably meant for.
func hintOf(address string) string {
	scheme, _, found := strings.Cut(strings.TrimSpace(address), "://")
	scheme, _, _ = strings.Cut(scheme, "+")
	near, ok := nearest(scheme, serviceurl.Services())
	switch {
	case found && strings.HasPrefix(scheme, "http"):
		return "put generic+ before the address of a plain webhook"
	case found && ok && near != scheme:
		return "did you mean " + near + "?"
	}
	return hintService
}

// servicesIn finds the services in a config that can't be used: those of the first list called notify that can be read.
func servicesIn(data []byte) []Service {
	list := regexp.MustCompile(`(?i)"notify"\s*:\s*\[`).FindIndex(data)
	if list == nil {
		return nil
	}
	var entries []json.RawMessage
	if json.NewDecoder(bytes.NewReader(data[list[1]-1:])).Decode(&entries) != nil {
		return nil
	}
	var services []Service
	for i, raw := range entries {
		var entry struct{ URL, On string }
		if json.Unmarshal(raw, &entry.URL) != nil && json.Unmarshal(raw, &entry) != nil {
			continue
		}
		if address, err := serviceurl.Parse(entry.URL); err == nil {
			services = append(services, Service{element("iab.notify", i), address, entry.On == onAlways})
		}
	}
	return services
}

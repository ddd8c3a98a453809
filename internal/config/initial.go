package config

import (
	"bytes"
	"encoding/json"

	"iab/internal/plan"
)

// Initial returns the config that onboarding writes: both servers, UTC names, independent policies, and no project yet.
// It ends with a newline, and loads if ExpandDir accepts the directory, HostURL the addresses, and the rest can be printed.
func Initial(credDir, uuid, sourceName, sourceURL, targetName, targetURL string) []byte {
	first := file{
		IAB: fileIAB{
			CredDir:              credDir,
			UUID:                 uuid,
			UTC:                  true,
			IndependentRetention: true,
		},
		Hosts: []fileHost{
			{Name: sourceName, Role: string(plan.Source), URL: sourceURL},
			{Name: targetName, Role: string(plan.Target), URL: targetURL},
		},
		Projects: []fileProject{},
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	// A struct of strings, booleans and lists always encodes.
	_ = encoder.Encode(first)
	return b.Bytes()
}

package cli

import (
	"iab/internal/plan"
	"iab/internal/remote"
)

// onboarded is what `iab onboard --json` prints.
type onboarded struct {
	Servers []onboardedServer `json:"servers"`
	Config  string            `json:"config"` // path of the config
	State   configState       `json:"configState"`
}

// configState says what became of the config.
type configState string

const (
	configWritten    configState = "written"
	configKept       configState = "kept"       // it exists and names these servers
	configDiffers    configState = "differs"    // it exists and names other servers
	configUnreadable configState = "unreadable" // it exists and is no config
	configIncomplete configState = "incomplete" // not written, as only one server is known
)

// onboardedServer is a server that trusts IAB now.
type onboardedServer struct {
	Side        plan.Side `json:"side"`
	Already     bool      `json:"already"` // it did before, too
	Name        string    `json:"name"`
	Version     string    `json:"version"`
	Fingerprint string    `json:"fingerprint"`
	Replaced    string    `json:"replaced,omitempty"` // fingerprint that was pinned before
	Restricted  bool      `json:"restricted"`
	Projects    []string  `json:"projects"` // that IAB may use
}

func serverOf(side plan.Side, r remote.Result) onboardedServer {
	return onboardedServer{
		Side: side, Already: r.Already, Name: r.ServerName, Version: r.ServerVersion,
		Fingerprint: r.Fingerprint, Replaced: r.Replaced,
		Restricted: r.Restricted, Projects: append([]string{}, r.Projects...), // encodes as empty, not as null
	}
}

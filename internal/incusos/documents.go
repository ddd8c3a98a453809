package incusos

import "time"

// What the commands print as JSON, one type per document. Lists are never null.

// Status is what hosts are and what of them can be archived.
type Status struct {
	Hosts []HostStatus `json:"hosts"`
}

// HostStatus is one server.
type HostStatus struct {
	Side     string          `json:"side"`
	Host     string          `json:"host"`
	Error    string          `json:"error,omitempty"` // why nothing of it can be read
	Hint     string          `json:"hint,omitempty"`
	Machines []MachineStatus `json:"machines"`
}

// MachineStatus is one machine of a server.
type MachineStatus struct {
	Member        string        `json:"member"`
	Error         string        `json:"error,omitempty"` // why nothing of it can be archived
	Hint          string        `json:"hint,omitempty"`
	Hostname      string        `json:"hostname,omitempty"`
	MachineID     string        `json:"machineId,omitempty"`
	Version       string        `json:"version,omitempty"`     // of IncusOS
	NextVersion   string        `json:"nextVersion,omitempty"` // after a reboot
	Ready         bool          `json:"ready"`
	UptimeSeconds float64       `json:"uptimeSeconds"`
	Applications  []Application `json:"applications"`
}

// Backup is what `iab os backup` did.
type Backup struct {
	OK      bool     `json:"ok"`
	Results []Result `json:"results"`
}

// Listing is what archives there are.
type Listing struct {
	Archives []Listed `json:"archives"`
}

// Listed is one archive.
type Listed struct {
	Path      string    `json:"path"`
	Host      string    `json:"host"`
	Member    string    `json:"member,omitempty"`
	Part      Part      `json:"part"`
	At        time.Time `json:"at"`
	Bytes     int64     `json:"bytes"`
	Encrypted bool      `json:"encrypted"`
	Version   string    `json:"version,omitempty"` // of what was archived
	Problem   string    `json:"problem,omitempty"` // why it does not count
}

// Verification is what `iab os verify` found.
type Verification struct {
	OK       bool    `json:"ok"`
	Archives []Check `json:"archives"`
}

// Done is what an order led to.
type Done struct {
	Order    string    `json:"order"`
	Host     string    `json:"host"`
	Member   string    `json:"member,omitempty"`
	Findings []Finding `json:"findings"`           // of the preflight of a restore
	Archived string    `json:"archived,omitempty"` // path of the archive that was made before
	Verdict  Verdict   `json:"verdict"`
	Text     string    `json:"text"`
	Hint     string    `json:"hint,omitempty"`
}

// Listed is the archive as it is shown.
func (a Archive) Listed() Listed {
	l := Listed{Path: a.Path, Host: a.Host, Member: a.Member, Part: a.Part, At: a.At, Bytes: a.Size, Encrypted: a.Encrypted, Problem: a.Problem}
	if a.Note != nil {
		switch a.Part {
		case System:
			l.Version = a.Note.IncusOS
		case State:
			l.Version = a.Note.Incus
		default:
			l.Version = a.Note.Application
		}
	}
	return l
}

package incusos

import (
	"fmt"
	"slices"
	"time"
)

// Grave is how much a finding weighs.
type Grave string

// The weights: what can't be done at all, what is done only if it is forced, and what is worth knowing.
const (
	Impossible Grave = "impossible"
	Doubtful   Grave = "doubtful"
	Notable    Grave = "note"
)

// Finding is one thing that a preflight has found, as a sentence.
type Finding struct {
	Grave Grave  `json:"grave"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

// Target is what a restore would go to.
type Target struct {
	Name    string // of the host, for people
	Machine Machine
	App     Application // of a restore of an application
	Pin     string      // fingerprint of the certificate that the server shows; "" if that does not matter
	// Trusts is since when the server can know IAB at the earliest; zero if that is not known.
	Trusts time.Time
}

// bodyHint is beyond what size an archive may come too slowly, in bytes: a server waits ten seconds for it.
const bodyHint = 100 << 20

// Preflight judges a restore before anything is sent, from the archive, its contents and what is known of the target.
func Preflight(o Order, a Archive, c Contents, t Target) []Finding {
	var list []Finding
	find := func(g Grave, hint, format string, args ...any) {
		list = append(list, Finding{g, fmt.Sprintf(format, args...), hint})
	}
	if err := c.checkFor(o.Part); err != nil {
		find(Impossible, "name another archive", "the archive does not fit %s: %s", o.Part, err)
	}
	if o.Part == System {
		if o.Size > systemLimit {
			find(Impossible, "", "the archive has %d bytes, and IncusOS takes %d of a system", o.Size, systemLimit)
		}
		if c.HasState && !c.RecoveryKey {
			find(Doubtful, "IncusOS refuses it", "the archive holds no recovery key of the system drive")
		}
		if c.HasState && !c.PrimaryApp {
			find(Notable, "IncusOS refuses it then", "no application that serves an API was recognised in the archive")
		}
	} else if o.Size > bodyHint {
		find(Notable, "run IAB near the server", "the archive has %d MiB, and the server waits ten seconds for all of it", o.Size>>20)
	}
	return append(append(list, notes(o, a, t)...), lockout(o, a, c, t)...)
}

// notes judges what the note of the archive says.
func notes(o Order, a Archive, t Target) []Finding {
	var list []Finding
	if a.Note == nil {
		return []Finding{{Notable, "the archive has no note, so neither its hash nor where it is from is known", ""}}
	}
	n := a.Note
	if n.Part != o.Part {
		list = append(list, Finding{Impossible, fmt.Sprintf("the archive is of %s, not of %s", n.Part, o.Part), "name another archive"})
	}
	if n.MachineID != "" && t.Machine.MachineID != "" && n.MachineID != t.Machine.MachineID {
		list = append(list, Finding{Doubtful, fmt.Sprintf("the archive is of another machine, %s (%s)", n.Hostname, short(n.MachineID)), "right for a replacement of that machine; else name another archive"})
	}
	if n.IncusOS != "" && t.Machine.OSVersion != "" && n.IncusOS > t.Machine.OSVersion {
		list = append(list, Finding{Doubtful, fmt.Sprintf("the archive was made by IncusOS %s, and %s runs the older %s", n.IncusOS, t.Name, t.Machine.OSVersion), "update the machine first"})
	}
	if o.Part.Application() && n.Application != "" && t.App.Version != "" && n.Application != t.App.Version {
		grave := Notable
		if n.Application > t.App.Version {
			grave = Doubtful
		}
		list = append(list, Finding{grave, fmt.Sprintf("the archive was made by version %s of %s, and %s runs", n.Application, o.Part, t.App.Version), ""})
	}
	return list
}

// lockout judges whether IAB will still be let in afterwards.
func lockout(o Order, a Archive, c Contents, t Target) []Finding {
	if !servesIncus(o.Part) {
		return nil
	}
	var list []Finding
	shown := c.Certificates["server.crt"]
	if cluster := c.Certificates["cluster.crt"]; cluster != "" {
		shown = cluster
	}
	if t.Pin != "" && shown != t.Pin {
		text := "the archive holds no certificate of the server"
		if shown != "" {
			text = fmt.Sprintf("the server will show the certificate %s of the archive, and %s is pinned", short(shown), short(t.Pin))
		}
		list = append(list, Finding{Doubtful, text, "IAB, and everybody who pinned it, has to be onboarded again afterwards"})
	}
	if !t.Trusts.IsZero() && a.At.Before(t.Trusts) {
		list = append(list, Finding{Doubtful, fmt.Sprintf("the archive is of %s, from before IAB's own certificate was made, so the server will not trust it", a.At.UTC().Format(time.DateTime)), "IAB has to be onboarded again afterwards"})
	}
	return list
}

// Worst is the gravest weight of a list, "" of an empty one.
func Worst(list []Finding) Grave {
	for _, grave := range []Grave{Impossible, Doubtful, Notable} {
		if slices.ContainsFunc(list, func(f Finding) bool { return f.Grave == grave }) {
			return grave
		}
	}
	return ""
}

// short is as much of a fingerprint or an id as a person compares.
func short(text string) string { return text[:min(12, len(text))] }

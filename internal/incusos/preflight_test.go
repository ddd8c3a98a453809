package incusos

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// fitting is a restore that nothing speaks against, of the system or of Incus.
func fitting(part Part) (Order, Archive, Contents, Target) {
	note := &Note{Part: part, MachineID: "m1", IncusOS: "202603", Hostname: "node1"}
	c := Contents{Entries: 2, OnlyFiles: true, HasState: true, RecoveryKey: true, PrimaryApp: true}
	if part != System {
		note.Application = "5"
		c = Contents{Entries: 2, Certificates: map[string]string{"server.crt": "aaaa"}}
	}
	a := Archive{Part: part, At: noon, Note: note}
	return Order{Verb: Restore, Part: part, Size: 1000}, a, c,
		Target{Name: "prod", Machine: Machine{MachineID: "m1", OSVersion: "202603"}, App: Application{Version: "5"}, Pin: "aaaa", Trusts: noon.Add(-time.Hour)}
}

func TestAPreflightFindsWhatSpeaksAgainstARestore(t *testing.T) {
	for _, c := range []struct {
		name   string
		part   Part
		change func(*Order, *Archive, *Contents, *Target)
		grave  Grave
		says   string
	}{
		{"nothing, system", System, func(*Order, *Archive, *Contents, *Target) {}, "", ""},
		{"nothing, application", "incus", func(*Order, *Archive, *Contents, *Target) {}, "", ""},
		{"archive of the system for an application", "incus", func(_ *Order, _ *Archive, c *Contents, _ *Target) { c.HasState, c.OnlyFiles = true, true }, Impossible, "archive of a system"},
		{"archive of an application for the system", System, func(_ *Order, _ *Archive, c *Contents, _ *Target) { c.HasState = false }, Impossible, "no state.txt"},
		{"links in the archive of a system", System, func(_ *Order, _ *Archive, c *Contents, _ *Target) { c.OnlyFiles = false }, Impossible, "other things than files"},
		{"too large", System, func(o *Order, _ *Archive, _ *Contents, _ *Target) { o.Size = systemLimit + 1 }, Impossible, "1048577 bytes"},
		{"as large as it may be", System, func(o *Order, _ *Archive, _ *Contents, _ *Target) { o.Size = systemLimit }, "", ""},
		{"large application", "incus", func(o *Order, _ *Archive, _ *Contents, _ *Target) { o.Size = 1 << 30 }, Notable, "1024 MiB"},
		{"no recovery key", System, func(_ *Order, _ *Archive, c *Contents, _ *Target) { c.RecoveryKey = false }, Doubtful, "recovery key"},
		{"no primary application", System, func(_ *Order, _ *Archive, c *Contents, _ *Target) { c.PrimaryApp = false }, Notable, "no application"},
		{"another thing", "incus", func(_ *Order, a *Archive, _ *Contents, _ *Target) { a.Note.Part = "openfga" }, Impossible, "application openfga"},
		{"another machine", System, func(_ *Order, a *Archive, _ *Contents, _ *Target) { a.Note.MachineID = "m2" }, Doubtful, "another machine"},
		{"a newer system", System, func(_ *Order, a *Archive, _ *Contents, _ *Target) { a.Note.IncusOS = "202604" }, Doubtful, "older 202603"},
		{"an older application", "incus", func(_ *Order, a *Archive, _ *Contents, _ *Target) { a.Note.Application = "4" }, Notable, "version 4"},
		{"a newer application", "incus", func(_ *Order, a *Archive, _ *Contents, _ *Target) { a.Note.Application = "6" }, Doubtful, "version 6"},
		{"no note", "incus", func(_ *Order, a *Archive, _ *Contents, _ *Target) { a.Note = nil }, Notable, "no note"},
		{"another certificate", "incus", func(_ *Order, _ *Archive, c *Contents, _ *Target) { c.Certificates["server.crt"] = "bbbb" }, Doubtful, "bbbb of the archive, and aaaa is pinned"},
		{"no certificate", "incus", func(_ *Order, _ *Archive, c *Contents, _ *Target) { c.Certificates = nil }, Doubtful, "no certificate"},
		{"the certificate of a cluster", "incus", func(_ *Order, _ *Archive, c *Contents, _ *Target) {
			c.Certificates = map[string]string{"server.crt": "bbbb", "cluster.crt": "aaaa"}
		}, "", ""},
		{"older than our trust", "incus", func(_ *Order, a *Archive, _ *Contents, t *Target) { a.At = t.Trusts.Add(-1) }, Doubtful, "will not trust it"},
		{"another certificate of what is not Incus", "openfga", func(_ *Order, _ *Archive, c *Contents, _ *Target) { c.Certificates = nil }, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, a, contents, target := fitting(c.part)
			c.change(&o, &a, &contents, &target)
			list := Preflight(o, a, contents, target)
			if got := Worst(list); got != c.grave || !strings.Contains(fmt.Sprint(list), c.says) {
				t.Errorf("%q: %+v, want %q and %q", got, list, c.grave, c.says)
			}
		})
	}
}

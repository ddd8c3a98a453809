package incusos

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"iab/internal/ostest"
)

// patience is how an order is waited for in tests: short pauses, and an end that comes only where nothing is to be seen.
func patience() Watch {
	return Watch{Every: time.Millisecond, For: time.Minute, Clock: func() time.Time { return noon }, Onboard: "onboard again"}
}

// carry gives an order to a host.
func carry(t *testing.T, h *ostest.Host, o Order, w Watch) (Ending, error) {
	t.Helper()
	s := server(h)
	m := Member{Name: h.Name}
	before, err := s.Before(t.Context(), m, o.Part)
	if err != nil {
		t.Fatal(err)
	}
	h.Requests()
	return s.Carry(t.Context(), m, o, before, w)
}

// restoring is an order to restore what a host has now.
func restoring(t *testing.T, h *ostest.Host, part Part) Order {
	t.Helper()
	file, size, _, err := archiveOf(t, h, part, nil).Spool(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return Order{Verb: Restore, Part: part, Archive: file, Size: size}
}

// once checks that an order was given exactly once, and how.
func once(t *testing.T, h *ostest.Host, wanted string) {
	t.Helper()
	if orders := h.Orders(); len(orders) != 1 || !strings.HasPrefix(orders[0], wanted) {
		t.Errorf("the host was told %q, want one %s…", orders, wanted)
	}
}

func TestAnOrderIsVerifiedByTheNewProcessAndNotByTheOldOne(t *testing.T) {
	for name, c := range map[string]struct {
		order  func(*testing.T, *ostest.Host) Order
		path   string
		change func(*ostest.Host)
		proof  string
	}{
		"restore of an application": {func(t *testing.T, h *ostest.Host) Order { return restoring(t, h, "incus") },
			"POST /os/1.0/applications/incus/:restore [application/gzip, ", nil, "restored at"},
		"restore of the system": {func(t *testing.T, h *ostest.Host) Order {
			o := restoring(t, h, System)
			o.Skip = []string{"network-macs", "encryption-recovery-keys"}
			return o
		}, "POST /os/1.0/system/:restore?skip=network-macs%2Cencryption-recovery-keys [application/gzip, ", nil, "rebooted"},
		"a host that hangs up": {func(t *testing.T, h *ostest.Host) Order { return restoring(t, h, "incus") },
			"POST /os/1.0/applications/incus/:restore", func(h *ostest.Host) { h.Hangs = true }, "restored at"},
		"an empty 502": {func(t *testing.T, h *ostest.Host) Order { return restoring(t, h, "incus") },
			"POST /os/1.0/applications/incus/:restore", func(h *ostest.Host) { h.Answers502 = true }, "restored at"},
		"restart": {func(*testing.T, *ostest.Host) Order { return Order{Verb: Restart, Part: "incus"} },
			"POST /os/1.0/applications/incus/:restart [application/json", nil, "restarted"},
		"switch to a version": {func(*testing.T, *ostest.Host) Order {
			return Order{Verb: SwitchVersion, Part: "incus", Version: "202602010000"}
		}, "POST /os/1.0/applications/incus/:switch-version [application/json, 26 bytes]", nil, "version 202602010000"},
		"switch back": {func(*testing.T, *ostest.Host) Order { return Order{Verb: SwitchVersion, Part: "incus"} },
			"POST /os/1.0/applications/incus/:switch-version [application/json, 2 bytes]", nil, "version 202602010000"},
		"factory reset": {func(*testing.T, *ostest.Host) Order {
			return Order{Verb: FactoryReset, Part: System, WipeSeeds: true, Seeds: map[string]json.RawMessage{"incus": []byte(`{"apply_defaults":true}`)}}
		}, "POST /os/1.0/system/:factory-reset [application/json, ", nil, "rebooted"},
	} {
		t.Run(name, func(t *testing.T) {
			h := ostest.New(t)
			if c.change != nil {
				c.change(h)
			}
			ending, err := carry(t, h, c.order(t, h), patience())
			if err != nil {
				t.Fatal(err)
			}
			if ending.Verdict != Verified || !strings.Contains(ending.Text, c.proof) {
				t.Errorf("%+v", ending)
			}
			once(t, h, c.path)
		})
	}
}

func TestARestoreThatTakesOurTrustAwayIsALockOut(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ostest.Host)
		why    string
	}{
		"a stranger":          {func(h *ostest.Host) { h.LosesTrust = true }, "does not trust IAB any more"},
		"another certificate": {func(h *ostest.Host) { h.NewIdentity = true }, "another certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			h := ostest.New(t)
			o := restoring(t, h, "incus")
			c.change(h)
			ending, err := carry(t, h, o, patience())
			if err != nil || ending.Verdict != LockedOut || !strings.Contains(ending.Text, c.why) || ending.Hint != "onboard again" {
				t.Errorf("%+v, %v", ending, err)
			}
			once(t, h, "POST /os/1.0/applications/incus/:restore")
		})
	}
}

func TestAnOrderThatShowsNothingIsNotVerifiedAndNotRepeated(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ostest.Host)
		why    string
	}{
		"nothing happens":    {func(h *ostest.Host) { h.Ignores = true }, "not restarted"},
		"it breaks off only": {func(h *ostest.Host) { h.Ignores, h.Hangs = true, true }, "not restarted"},
		"it is never back":   {func(h *ostest.Host) { h.NeverBack = true }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := ostest.New(t)
			c.change(h)
			w := patience()
			w.For = 300 * time.Millisecond
			ending, err := carry(t, h, Order{Verb: Restart, Part: "incus"}, w)
			if err != nil || ending.Verdict != Unverified || !strings.Contains(ending.Text, c.why) {
				t.Errorf("%+v, %v", ending, err)
			}
			once(t, h, "POST /os/1.0/applications/incus/:restart")
		})
	}
	h := ostest.New(t)
	h.Apps["openfga"] = &ostest.App{Version: "1"}
	if ending, err := carry(t, h, Order{Verb: Restart, Part: "openfga"}, patience()); err != nil || ending.Verdict != Unverified {
		t.Errorf("of an application that shows nothing: %+v, %v", ending, err)
	}
}

func TestARefusalIsToldInTheHostsWordsAndNotRepeated(t *testing.T) {
	for name, c := range map[string]struct {
		order  Order
		change func(*ostest.Host)
		part   string
	}{
		"no TPM":          {Order{Verb: FactoryReset, Part: System}, func(h *ostest.Host) { h.Refuses = "TPM status isn't OK: swtpm" }, "says: TPM status isn't OK: swtpm"},
		"no such version": {Order{Verb: SwitchVersion, Part: "incus", Version: "1"}, nil, "cannot switch application to version '1'"},
	} {
		t.Run(name, func(t *testing.T) {
			h := ostest.New(t)
			if c.change != nil {
				c.change(h)
			}
			if ending, err := carry(t, h, c.order, patience()); err == nil || !strings.Contains(err.Error(), c.part) {
				t.Errorf("%+v, %v", ending, err)
			}
			once(t, h, "POST /os/1.0/")
		})
	}
	h := ostest.New(t)
	s := server(h)
	before, err := s.Before(t.Context(), Member{}, "incus")
	if err != nil {
		t.Fatal(err)
	}
	s.URL = "https://127.0.0.1:1"
	if _, err := s.Carry(t.Context(), Member{}, Order{Verb: Restart, Part: "incus"}, before, patience()); kindOf(err) != Unanswered {
		t.Errorf("nobody was there to take it: %v", err)
	}
}

func TestABodyThatComesTooSlowlyIsExplained(t *testing.T) {
	h := ostest.New(t)
	h.BodyLimit = 20 * time.Millisecond
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = writer.Close(); _ = reader.Close() })
	_, err = carry(t, h, Order{Verb: Restore, Part: "incus", Archive: reader, Size: 1000}, patience())
	if err == nil || !strings.Contains(err.Error(), "within its ten seconds") || !strings.Contains(err.(*Error).Hint, "nearer") {
		t.Errorf("%v", err)
	}
}

func TestTheSilenceAboutASystemThatIsTooLargeIsNotTakenForAYes(t *testing.T) {
	h := ostest.New(t)
	noise := make([]byte, systemLimit+systemLimit/2)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	h.System["noise"] = string(noise)
	o := restoring(t, h, System)
	if o.Size <= systemLimit {
		t.Fatalf("the archive has only %d bytes", o.Size)
	}
	w := patience()
	w.For = 300 * time.Millisecond
	ending, err := carry(t, h, o, w)
	if err != nil || ending.Verdict != Unverified || !strings.Contains(ending.Text, "not restarted") {
		t.Errorf("%+v, %v", ending, err)
	}
	once(t, h, "POST /os/1.0/system/:restore")
	if worst := Worst(Preflight(o, Archive{}, Contents{HasState: true, OnlyFiles: true, RecoveryKey: true, PrimaryApp: true}, Target{})); worst != Impossible {
		t.Errorf("the preflight calls it %s", worst)
	}
}

func TestARestrictedCertificateIsToldByEveryCall(t *testing.T) {
	h := ostest.New(t)
	o := restoring(t, h, "incus")
	h.Restricted = true
	s, m := server(h), Member{Name: "node1"}
	for name, call := range map[string]func() error{
		"machine":      func() error { _, err := s.Machine(t.Context(), m); return err },
		"applications": func() error { _, err := s.Applications(t.Context(), m); return err },
		"application":  func() error { _, err := s.application(t.Context(), m, "incus"); return err },
		"system":       func() error { return s.fetch(t.Context(), m, System, false, io.Discard) },
		"archive":      func() error { return s.fetch(t.Context(), m, "incus", false, io.Discard) },
		"order":        func() error { _, err := s.Carry(t.Context(), m, o, Before{}, patience()); return err },
	} {
		if err := call(); kindOf(err) != NoRights || !strings.Contains(adviceOf(err), "restricted: false") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARescueListenerTakesOrdersAndPromisesNothing(t *testing.T) {
	h := ostest.New(t)
	o := restoring(t, h, "incus")
	h.Rescue = true
	s := server(h)
	s.Rescue = true
	members, err := s.Members(t.Context(), "")
	if err != nil || len(members) != 1 {
		t.Fatalf("%v, %v", members, err)
	}
	before, err := s.Before(t.Context(), members[0], "incus")
	if err != nil {
		t.Fatal(err)
	}
	h.Requests()
	ending, err := s.Carry(t.Context(), members[0], o, before, patience())
	if err != nil || ending.Verdict != Unverified {
		t.Errorf("%+v, %v", ending, err)
	}
	once(t, h, "POST /os/1.0/applications/incus/:restore")
}

func TestAnInterruptionWhileWaitingIsNotVerified(t *testing.T) {
	h := ostest.New(t)
	h.Ignores = true
	s := server(h)
	before, err := s.Before(t.Context(), Member{}, "incus")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w := patience()
	looks := 0
	w.Clock = func() time.Time {
		if looks++; looks == 3 {
			cancel()
		}
		return noon
	}
	ending, err := s.Carry(ctx, Member{}, Order{Verb: Restart, Part: "incus"}, before, w)
	if err != nil || ending.Verdict != Unverified {
		t.Errorf("%+v, %v", ending, err)
	}
}

func TestOrdersThatMakeNoSenseAreNotSent(t *testing.T) {
	seeds := map[string]json.RawMessage{"incus": []byte(`[]`)}
	for name, o := range map[string]Order{
		"definitions":           {Verb: Restore, Part: State},
		"a system's restart":    {Verb: Restart, Part: System},
		"a system's version":    {Verb: SwitchVersion, Part: System},
		"a strange application": {Verb: Restart, Part: "../x"},
		"an unknown skip":       {Verb: Restore, Part: System, Skip: []string{"network-mac"}},
		"skip of a restart":     {Verb: Restart, Part: "incus", Skip: []string{"network-macs"}},
		"skip of an app":        {Verb: Restore, Part: "incus", Skip: []string{"network-macs"}},
		"seeds of an app":       {Verb: FactoryReset, Part: "incus", WipeSeeds: true},
		"a seed that is none":   {Verb: FactoryReset, Part: System, Seeds: seeds},
		"a strange version":     {Verb: SwitchVersion, Part: "incus", Version: "1; rm"},
	} {
		t.Run(name, func(t *testing.T) {
			h := ostest.New(t)
			if _, err := server(h).Carry(t.Context(), Member{}, o, Before{}, patience()); kindOf(err) != Refused {
				t.Errorf("%v", err)
			}
			if asked := h.Requests(); len(asked) > 0 {
				t.Errorf("the host was asked %q", asked)
			}
		})
	}
}

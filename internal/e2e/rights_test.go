//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/run"
)

func TestARestrictedCertificateDoesItsProjectsAndSaysWhichItMayNotUse(t *testing.T) {
	f := visit(t)
	t.Parallel()
	f.onboard(f.project)
	other := *f
	other.project += "b"
	f.makeProject(other.project)
	web, files := f.container("web", "local", "first"), f.disk("plain", "files", "first")
	theirs := other.container("web", "local", "theirs")
	big := "big-" + f.project
	f.putProfile(f.source, big, api.ProfilePut{Description: "big"})
	box := f.containerOf(lab.InstanceSpec{Name: "box", Pool: "local", Profiles: []string{"default", big}}, "box")
	f.configure(object{"projects": []object{project(f.project, "push", web, files, box), project(other.project, "pull", theirs)}})

	done := f.run().exits(1).says("incus config trust edit")
	if r := done.of(theirs); r.Outcome != run.Problem || r.Hint == "" {
		t.Errorf("the forbidden project: %+v", r)
	}
	f.holds(f.target, web, "", "first")
	f.holds(f.target, files, "", "first")
	f.holds(f.target, box, "", "box")
	f.wantProfile(big, api.ProfilePut{Description: "big"})

	for _, d := range []*lab.Daemon{f.source, f.target} {
		f.allow(d, f.project, other.project)
	}
	f.run().ok()
	f.holds(f.target, theirs, "", "theirs")
}

// allow restricts IAB's certificate to these projects, as the hint says.
func (f *fixture) allow(d *lab.Daemon, projects ...string) {
	f.Helper()
	list, err := d.Client().GetCertificates()
	f.must(err)
	for _, cert := range list {
		if cert.Name == "iab-"+f.project {
			put := cert.Writable()
			put.Projects = projects
			f.must(d.Client().UpdateCertificate(cert.Fingerprint, put, ""))
			return
		}
	}
	f.Fatalf("the %s knows no certificate of this test", d.Name)
}

func TestTwoServersOnOneAddressKeepTheirOwnPins(t *testing.T) {
	f := private(t, lab.Options{SharedIP: true})
	f.onboard()
	ref := f.disk("local", "files", "first")
	f.replicate(ref)
	f.run().ok()
	f.run().ok()
	f.holds(f.target, ref, "", "first")
	pins, err := os.ReadDir(filepath.Join(f.credDir(), "servers"))
	f.must(err)
	if len(pins) != 2 {
		t.Errorf("pinned certificates: %v", pins)
	}
}

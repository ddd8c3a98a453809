//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/run"
)

// defined is what a server knows besides instances and volumes, as far as it does not depend on the machine.
type defined struct {
	Projects, Networks, Pools, Profiles map[string]any
	Refresh                             string // a key of the server's own config
}

// definitions reads them by the client, so that what IAB wrote is compared with what Incus made of it.
func (f *fixture) definitions(d *lab.Daemon) defined {
	f.Helper()
	c := d.Client()
	all := defined{map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}, ""}
	projects, err := c.GetProjects()
	f.must(err)
	for _, p := range projects {
		all.Projects[p.Name] = []any{p.Description, p.Config}
		profiles, err := c.UseProject(p.Name).GetProfiles()
		f.must(err)
		for _, profile := range profiles {
			all.Profiles[p.Name+"/"+profile.Name] = []any{profile.Description, profile.Config, profile.Devices}
		}
	}
	networks, err := c.GetNetworks()
	f.must(err)
	for _, n := range networks {
		if n.Managed {
			all.Networks[n.Name] = []any{n.Type, n.Description, n.Config}
		}
	}
	pools, err := c.GetStoragePools()
	f.must(err)
	for _, p := range pools {
		all.Pools[p.Name] = []any{p.Driver, p.Description, p.Config["size"]}
	}
	server, _, err := c.GetServer()
	f.must(err)
	all.Refresh = server.Config["images.auto_update_interval"]
	return all
}

// equip gives a server something of everything that its definitions hold.
func (f *fixture) equip(d *lab.Daemon) {
	f.Helper()
	f.must(d.CreatePool("local", "btrfs", "1GiB"))
	f.must(d.CreatePool("plain", "dir", ""))
	f.must(d.CreateNetwork("lan"))
	c := d.Client()
	shop := api.ProjectsPost{Name: "shop", ProjectPut: api.ProjectPut{Description: "the shop: \"mail\"\nand web", Config: map[string]string{
		"features.profiles": "true", "features.images": "false", "user.note": "yes"}}}
	f.must(c.CreateProject(shop))
	web := api.ProfilesPost{Name: "web", ProfilePut: api.ProfilePut{Description: "web servers", Config: map[string]string{"limits.cpu": "2", "user.text": "a: b\n- c\n"},
		Devices: map[string]map[string]string{
			"root": {"type": "disk", "path": "/", "pool": "local"},
			"eth0": {"type": "nic", "nictype": "macvlan", "network": "lan"},
		}}}
	delete(web.Devices["eth0"], "nictype") // the network tells
	f.must(c.UseProject("shop").CreateProfile(web))
	acl := api.NetworkACLsPost{NetworkACLPost: api.NetworkACLPost{Name: "https"}, NetworkACLPut: api.NetworkACLPut{
		Ingress: []api.NetworkACLRule{{Action: "allow", State: "enabled", Protocol: "tcp", DestinationPort: "443"}}}}
	f.must(c.CreateNetworkACL(acl))
	server, etag, err := c.GetServer()
	f.must(err)
	put := server.Writable()
	put.Config["images.auto_update_interval"] = "17"
	f.must(c.UpdateServer(put, etag))
}

// archiveHosts lets the config archive everything of both servers.
func (f *fixture) archiveHosts() {
	f.Helper()
	hosts := f.config()["hosts"].([]any)
	for _, host := range hosts {
		host.(object)["os"] = object{"dir": "archives"}
		host.(object)["state"] = object{"dir": "archives", "retention": "1"}
	}
	f.configure(object{"hosts": hosts})
}

func TestDefinitionsOfAServerMakeAnEmptyOneEqualAndWhatIsNotIncusOSIsSkipped(t *testing.T) {
	t.Parallel()
	privacy <- struct{}{}
	t.Cleanup(func() { <-privacy })
	l := lab.New(t, lab.Options{Daemons: 3})
	f := settle(t, l, "own")
	f.equip(f.source)
	f.onboard()
	f.archiveHosts()

	report := f.run().ok().report()
	var files []string
	for _, h := range report.HostArchives {
		switch {
		case h.Part == "state" && h.Outcome == run.OK:
			files = append(files, h.File)
		case h.Part != "" || h.Outcome != run.Skipped || !strings.Contains(h.Error, "not IncusOS"):
			t.Errorf("%+v", h)
		}
	}
	if len(files) != 2 || len(report.HostArchives) != 4 {
		t.Fatalf("%+v", report.HostArchives)
	}
	f.iab("os", "verify").ok()
	f.iab("os", "status").ok().says("not IncusOS")
	f.iab("os", "backup", "--system").exits(1).says("not IncusOS")
	f.iab("os", "backup", "--host", "source", "--app", "incus", "--dir", "elsewhere").exits(1).says("not IncusOS")
	f.iab("os", "restart", "incus", "--host", "source", "--yes", "anything", "--without-archive").exits(3).says("not IncusOS")

	empty := l.Daemons[2]
	preseed, err := os.Open(filepath.Join(f.dir, files[0]))
	f.must(err)
	defer preseed.Close()
	load := exec.CommandContext(t.Context(), "incus", "admin", "init", "--preseed")
	load.Env, load.Stdin = append(empty.Env(), "PATH="+os.Getenv("PATH")), preseed
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("load the definitions: %v\n%s", err, out)
	}
	if diff := cmp.Diff(f.definitions(f.source), f.definitions(empty)); diff != "" {
		t.Errorf("the empty server became another one (-source +made):\n%s", diff)
	}

	limited := *f
	limited.dir = t.TempDir()
	limited.project = "limited"
	limited.makeProject("limited")
	limited.onboard("limited")
	limited.archiveHosts()
	for _, h := range limited.run().ok().report().HostArchives {
		if h.Outcome != run.Skipped || h.Part == "state" && !strings.Contains(h.Error, "restricted") {
			t.Errorf("with a restricted certificate: %+v", h)
		}
	}
	limited.iab("os", "backup").exits(1).says("restricted", "incus config trust edit")
}

//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// template lets the server write the container's data file anew when a copy of it is started for the first time, as images do with host
// names and the like.
func (f *fixture) template(ref plan.Ref, content string) {
	f.Helper()
	c := f.source.Project(ref.Project)
	f.must(c.CreateInstanceTemplateFile(ref.Name, "data.tpl", strings.NewReader(content)))
	metadata, etag, err := c.GetInstanceMetadata(ref.Name)
	f.must(err)
	metadata.Templates = map[string]*api.ImageMetadataTemplate{"/" + dataFile: {When: []string{"copy"}, Template: "data.tpl"}}
	f.must(c.UpdateInstanceMetadata(ref.Name, *metadata, etag))
}

// TestWhatComesBackKeepsTheFilesThatImagesHaveTemplatesFor restores a lost container, and moves it to the target and home again: a start
// never writes into it what its image would write into a copy. Into a second one it does. The config is whole, too.
func TestWhatComesBackKeepsTheFilesThatImagesHaveTemplatesFor(t *testing.T) {
	f := scenario(t)
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true, Config: map[string]string{"image.os": "busybox", "user.color": "blue"}}, "1")
	f.template(web, "from the template")
	f.replicate(web)
	f.run().ok()

	f.must(f.source.StopInstance(t.Context(), f.project, "web"))
	f.remove(f.source, web)
	f.iab("restore", "web", "--start").ok()
	f.holds(f.source, web, "", "1")
	back, _, err := f.source.Project(f.project).GetInstance("web")
	f.must(err)
	if back.Config["image.os"] != "busybox" || back.Config["user.color"] != "blue" {
		t.Errorf("what came back has the config %v", back.Config)
	}
	f.run().ok()
	f.iab("restore", "web", "--as", "second", "--start").ok()
	f.holds(f.source, f.instance("second"), "", "from the template")

	f.iab("failover", "web", "--yes").ok()
	f.holds(f.target, web, "", "1")
	if !f.runs(f.target, web) {
		t.Error("it does not run on the target")
	}
	write(t, f.target, web, "2")
	f.iab("failback", "web", "--yes").ok()
	f.holds(f.source, web, "", "2")
	f.run().ok()
}

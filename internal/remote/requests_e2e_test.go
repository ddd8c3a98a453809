//go:build e2e

package remote

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	incus "github.com/lxc/incus/v6/client"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/run"
)

// perObject is how many requests an unchanged object may cost where nothing is deleted, the reading of both servers included.
const perObject = 10

// TestRequestsPerObject counts what real servers are asked in a run over unchanged objects. Questions after operations that take long
// on a slow machine are left out of the exact number, but not of the bound.
func TestRequestsPerObject(t *testing.T) {
	l := lab.New(t, lab.Options{})
	const each = 4
	var jobs []plan.Job
	for i := range each {
		web := plan.Ref{Project: "default", Kind: plan.Instance, Name: fmt.Sprintf("c%d", i)}
		files := plan.Ref{Project: "default", Kind: plan.Volume, Pool: "local", Name: fmt.Sprintf("v%d", i)}
		jobs = append(jobs, plan.Job{Ref: web, Mode: plan.Push, TargetPool: "local"}, plan.Job{Ref: files, Mode: plan.Push, TargetPool: "local"})
	}
	for _, d := range l.Daemons {
		must(t, d.CreatePool("local", "btrfs", "1GiB"))
	}
	must(t, l.Source().ImportImage(t.Context()))
	for _, job := range jobs {
		if job.Ref.Kind == plan.Volume {
			must(t, l.Source().CreateVolume(t.Context(), lab.VolumeSpec{Pool: "local", Name: job.Ref.Name}))
			continue
		}
		must(t, l.Source().CreateInstance(t.Context(), lab.InstanceSpec{Name: job.Ref.Name, Pool: "local"}))
	}
	pair := onboarded(t, l)
	count := &counting{asked: map[string]int{}}
	for _, side := range plan.BothSides {
		client, err := pair.servers.On(side).GetHTTPClient()
		must(t, err)
		client.Transport = counted{client.Transport.(sharing), count}
	}

	backUp(t, pair, jobs) // makes the replicas
	count.reset()
	backUp(t, pair, jobs)

	objects := len(jobs)
	if total := count.total(); total > perObject*objects {
		t.Errorf("%d requests for %d objects: %v", total, objects, count.asked)
	}
	for what, want := range map[string]int{"POST snapshots": objects, "POST instances": each, "POST instance": each,
		"POST volumes": each, "POST volume": each,
		"GET instance": 0, "PUT instance": 0, "PATCH instance": each, "GET volume": 0, "PUT volume": 0, "PATCH volume": each} {
		if count.asked[what] != want {
			t.Errorf("%s: %d, want %d: %v", what, count.asked[what], want, count.asked)
		}
	}
	t.Logf("%d requests for %d objects: %v", count.total(), objects, count.asked)
	whole(t, pair, jobs)
}

// whole holds that replicas name their newest snapshot as complete, which was written without reading them.
func whole(t *testing.T, pair *Pair, jobs []plan.Job) {
	t.Helper()
	for _, job := range jobs {
		c := pair.in(plan.Target, "default")
		held, err := c.snapshotsOf(job.Replica())
		must(t, err)
		config, err := c.configOf(job.Replica())
		must(t, err)
		newest := slices.MaxFunc(held, func(a, b plan.Snapshot) int { return strings.Compare(a.Name, b.Name) }) // dates of instances are whole seconds
		if config[plan.MarkComplete] != newest.Name || config[plan.MarkRole] != plan.RoleReplica || config[plan.MarkSending] != "" {
			t.Errorf("%s has %v, and its newest snapshot is %s", job.Replica(), config, newest.Name)
		}
	}
}

// backUp is a whole run that has to go well.
func backUp(t *testing.T, pair *Pair, jobs []plan.Job) {
	t.Helper()
	inv, err := pair.Inventory(t.Context(), plan.Scope{Projects: []string{"default"}, Pools: plan.Sides[[]string]{Source: []string{"local"}, Target: []string{"local"}}})
	must(t, err)
	p := plan.Build(jobs, inv, plan.Options{Now: time.Now(), Identity: "config-1"})
	report := run.Execute(t.Context(), pair, p, inv, run.Options{Parallel: 4, Clock: time.Now})
	if !report.OK {
		t.Fatal(report.Text())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// counting counts requests by what they are about.
type counting struct {
	mu    sync.Mutex
	asked map[string]int
}

func (c *counting) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.asked)
}

func (c *counting) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := 0
	for _, n := range c.asked {
		sum += n
	}
	return sum
}

// counted is the transport of a client whose requests are counted.
type counted struct {
	sharing
	count *counting
}

var _ incus.HTTPTransporter = counted{}

func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.count.mu.Lock()
	c.count.asked[r.Method+" "+about(r.URL.Path)]++
	c.count.mu.Unlock()
	return c.sharing.RoundTrip(r)
}

// about names what a path is about: the plural is a list, or what begins something.
func about(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/1.0/"), "/")
	switch {
	case parts[len(parts)-1] == "snapshots":
		return "snapshots"
	case parts[0] == "instances" && len(parts) == 2:
		return "instance"
	case parts[0] == "storage-pools" && len(parts) == 5:
		return "volume"
	case parts[0] == "storage-pools" && len(parts) == 4:
		return "volumes"
	}
	return parts[0]
}

// onboarded connects to both servers of a lab, with a certificate that may see everything, or on the target only the allowed projects.
func onboarded(t *testing.T, l *lab.Lab, allowed ...string) *Pair {
	t.Helper()
	dir := t.TempDir()
	for side, token := range map[plan.Side]string{plan.Source: newToken(t, l.Source()), plan.Target: newToken(t, l.Target(), allowed...)} {
		url := plan.Sides[*lab.Daemon]{Source: l.Source(), Target: l.Target()}.On(side).URL()
		_, err := Onboard(t.Context(), Request{Side: side, URL: url, Token: token, CredDir: dir, Now: time.Now()})
		must(t, err)
	}
	creds, err := LoadCredentials(dir)
	must(t, err)
	pair, err := Dial(t.Context(), creds, l.Source().URL(), l.Target().URL(), Owner{Identity: "config-1", Source: "source"}, Patience{}, time.Now)
	must(t, err)
	t.Cleanup(pair.Close)
	return pair
}

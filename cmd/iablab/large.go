package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"iab/internal/fleettest"
)

const (
	largeObjects, smallObjects = 2000, 100
	largeSnapshots             = 30
	// statusObjects and statusSnapshots are what a status tells of in statusSeconds, after the answers are in.
	statusObjects, statusSnapshots = 500, 20
	statusSeconds                  = 1.0
	// What reading and telling of the large fleet may cost at most.
	largeSeconds = 2.0
	largeMB      = 150
	// largeIdentity is the uuid of the config.
	largeIdentity = "11111111-aaaa-4bbb-8ccc-222222222222"
)

// largeCommands are what is measured, of which the last one does everything that a run does.
var largeCommands = [][]string{{"plan"}, {"plan", "--json"}, {"status"}, {"run", "--parallel", "8", "--log-level", "error"}}

// spent is what a process took.
type spent struct {
	wall, cpu time.Duration
	mb        int64
}

// large measures iab on fakes that tell of many objects.
func (b *bench) large(ctx context.Context) error {
	fmt.Fprintf(b.out, "%d objects with %d snapshots each, on fakes that do everything at once, best of %d rounds\n", largeObjects, largeSnapshots, b.rounds)
	results := map[int][]spent{}
	for _, objects := range []int{smallObjects, largeObjects} {
		f, err := b.fakes(largeFleet{objects: objects, snapshots: largeSnapshots})
		if err != nil {
			return err
		}
		for _, command := range largeCommands {
			best := spent{wall: time.Hour, cpu: time.Hour}
			for range b.rounds {
				s, err := b.spend(ctx, f.dir, command)
				if err != nil {
					f.end()
					return err
				}
				best = spent{min(best.wall, s.wall), min(best.cpu, s.cpu), max(best.mb, s.mb)}
			}
			results[objects] = append(results[objects], best)
		}
		f.end()
	}
	for i, command := range largeCommands {
		many, few := results[largeObjects][i], results[smallObjects][i]
		limits := ""
		if command[0] == "plan" {
			limits = fmt.Sprintf("  (at most %.1f s and %d MB)", largeSeconds, largeMB)
		}
		fmt.Fprintf(b.out, "  iab %-12s %.2f s, %.2f s of it processor time, %d MB%s\n", title(command)+":", many.wall.Seconds(), many.cpu.Seconds(), many.mb, limits)
		fmt.Fprintf(b.out, "    per object, of what it is with %d objects: %.2f of the time, %.2f of the processor time\n", smallObjects,
			ratio(many.wall, few.wall)*smallObjects/largeObjects, ratio(many.cpu, few.cpu)*smallObjects/largeObjects)
	}
	return b.statuses(ctx)
}

// statuses measures a status of the same objects in one project, and in several, and what more of the servers is asked for each more project.
func (b *bench) statuses(ctx context.Context) error {
	more := []string{"p1", "p2", "p3", "p4"}
	var took time.Duration
	var requests []int
	for _, projects := range [][]string{nil, more} {
		f, err := b.fakes(largeFleet{objects: statusObjects / (len(projects) + 1), snapshots: statusSnapshots, projects: projects})
		if err != nil {
			return err
		}
		s, err := b.spend(ctx, f.dir, []string{"status"})
		requests = append(requests, int(f.requests.Load()))
		if f.end(); err != nil {
			return err
		}
		took = max(took, s.wall)
	}
	each := float64(requests[1]-requests[0]) / float64(2*len(more))
	fmt.Fprintf(b.out, "  iab status of %d objects with %d snapshots each: %.2f s, the answers included  (at most %.1f s without)\n", statusObjects, statusSnapshots, took.Seconds(), statusSeconds)
	fmt.Fprintf(b.out, "    requests for each project and server: %.1f  (at most 2), for a server besides: %.1f\n", each, float64(requests[0])/2-each)
	return nil
}

// title is what a command is called in the figures.
func title(command []string) string {
	if slices.Contains(command, "--json") {
		return command[0] + " --json"
	}
	return command[0]
}

// spend runs iab once. Its output is thrown away.
func (b *bench) spend(ctx context.Context, dir string, args []string) (spent, error) {
	cmd := exec.CommandContext(ctx, b.binary, args...)
	cmd.Dir, cmd.Env = dir, b.env()
	var complaint strings.Builder
	cmd.Stderr = &complaint
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return spent{}, err
	}
	peak := peakOf(cmd.Process.Pid)
	err := cmd.Wait()
	wall := time.Since(started)
	if code := cmd.ProcessState.ExitCode(); err != nil && (args[0] != "status" || code != 1 && code != 2) { // what it finds is its exit code
		first, _, _ := strings.Cut(complaint.String(), "\n") // there may be one for each object
		return spent{}, fmt.Errorf("iab %s: %w: %s", args[0], err, first)
	}
	return spent{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), <-peak}, nil
}

// peakOf tells, when a process has ended, how much memory it has held at most, in MB. What the system tells of it afterwards counts what this one held
// when it made it.
func peakOf(pid int) <-chan int64 {
	peak := make(chan int64, 1)
	go func() {
		var most int64
		for {
			kB, alive := peakNow(pid)
			if !alive {
				peak <- most / 1024
				return
			}
			most = kB
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return peak
}

// peakNow reads the peak so far, in kB, of a process that is alive.
func peakNow(pid int) (kB int64, alive bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	if !found {
		return 0, false // it has ended and waits to be seen off
	}
	_, err = fmt.Sscan(rest, &kB)
	return kB, err == nil
}

// largeFleet is what the fakes hold: in each project, of which default is one, so many objects.
type largeFleet struct {
	objects, snapshots int
	projects           []string
}

// fakePair are the fakes, and a config that names all their objects.
type fakePair struct {
	dir      string
	servers  []*httptest.Server
	requests atomic.Int64 // that both have answered
}

func (f *fakePair) end() {
	for _, s := range f.servers {
		s.Close()
	}
}

// fakes starts the source and the target.
func (b *bench) fakes(holds largeFleet) (*fakePair, error) {
	dir, err := os.MkdirTemp(b.dir, "large")
	if err != nil {
		return nil, err
	}
	f := &fakePair{dir: dir}
	credentials := filepath.Join(dir, "credentials")
	if err := os.MkdirAll(filepath.Join(credentials, "servers"), 0o700); err != nil {
		return nil, err
	}
	if err := clientPair(credentials); err != nil {
		return nil, err
	}
	var hosts []any
	now := time.Now()
	for _, side := range []string{"source", "target"} {
		fleet := &fleettest.Fleet{Objects: holds.objects, Snapshots: holds.snapshots, Projects: holds.projects, Now: now}
		if side == "target" {
			fleet.Identity = largeIdentity
		}
		server, err := f.fake(fleet, credentials)
		if err != nil {
			f.end()
			return nil, err
		}
		f.servers = append(f.servers, server)
		hosts = append(hosts, map[string]any{"name": side, "role": side, "url": server.URL})
	}
	if err := largeConfig(dir, holds, hosts); err != nil {
		f.end()
		return nil, err
	}
	return f, nil
}

// fake serves a fleet, and pins its certificate.
func (f *fakePair) fake(fleet *fleettest.Fleet, credentials string) (*httptest.Server, error) {
	certificate, pemData, err := selfSigned()
	if err != nil {
		return nil, err
	}
	server := httptest.NewUnstartedServer(&remembering{Handler: fleet, requests: &f.requests, told: map[string][]byte{}})
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS13}
	server.StartTLS()
	host := strings.ReplaceAll(server.Listener.Addr().String(), ":", "_")
	return server, os.WriteFile(filepath.Join(credentials, "servers", host+".pem"), pemData, 0o600)
}

// remembering makes every list once only, so that what is measured is iab's work and not that of the fakes.
type remembering struct {
	http.Handler
	requests *atomic.Int64
	mu       sync.Mutex
	told     map[string][]byte // by address
}

func (m *remembering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.requests.Add(1)
	if r.Method != http.MethodGet || !strings.Contains(r.URL.RawQuery, "recursion") {
		m.Handler.ServeHTTP(w, r)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	body, known := m.told[r.URL.String()]
	if !known {
		recorder := httptest.NewRecorder()
		m.Handler.ServeHTTP(recorder, r)
		body = recorder.Body.Bytes()
		m.told[r.URL.String()] = body
	}
	_, _ = w.Write(body)
}

// clientPair makes a certificate for iab. The fakes trust everybody.
func clientPair(credentials string) error {
	certificate, pemData, err := selfSigned()
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		return err
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(filepath.Join(credentials, "iab_client.key"), key, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(credentials, "iab_client.crt"), pemData, 0o600)
}

func largeConfig(dir string, holds largeFleet, hosts []any) error {
	var instances, volumes, projects []any
	for i := range holds.objects / 2 {
		instances = append(instances, map[string]any{"name": fleettest.Instance(i), "storage": "local"})
		volumes = append(volumes, map[string]any{"name": fleettest.Volume(i), "storage": "local"})
	}
	for _, name := range append([]string{"default"}, holds.projects...) {
		projects = append(projects, map[string]any{"name": name, "instances": instances, "volumes": volumes})
	}
	policy := map[string]any{"default": "6,1h2d,1d2w,1w3m"}
	data, err := json.Marshal(map[string]any{
		"iab":   map[string]any{"iabCredDir": "credentials", "uuid": largeIdentity, "utc": true, "independentRetention": true},
		"hosts": hosts, "projects": projects,
		"retention": map[string]any{"hosts": map[string]any{"source": policy, "target": policy}},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600)
}

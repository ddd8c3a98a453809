// Package fleettest is one side of a large fleet: a server that only tells what it holds, as fast as it can be read. It holds nothing in memory, so
// that what a test measures is the reader's.
package fleettest

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Fleet is what a server tells: half of the objects are containers, half are volumes, all in pool local, and every project has them. The newest of
// their snapshots is an hour old at Now, each older one an hour older.
type Fleet struct {
	Objects   int
	Snapshots int // of each object
	Now       time.Time
	Identity  string   // of the config whose replicas the objects are; empty: they are nobody's
	Projects  []string // besides project default

	// Told, if set, is called whenever another object of a list has been sent.
	Told func(list string, objects int)
}

// Instance and Volume are the names of the i-th objects.
func Instance(i int) string { return fmt.Sprintf("web%04d", i) }

// Volume is the name of the i-th volume.
func Volume(i int) string { return fmt.Sprintf("data%04d", i) }

// ServeHTTP answers what an inventory asks. Whatever else it is told to do is done at once and forgotten.
func (f *Fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/1.0")
	project := cmp.Or(r.URL.Query().Get("project"), "default")
	var i int
	switch {
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusAccepted)
		_ = json.NewEncoder(w).Encode(map[string]any{"type": "async", "status": "Operation created", "status_code": 100, "operation": "/1.0/operations/done",
			"metadata": map[string]any{"id": "done", "class": "task", "status": "Success", "status_code": 200}})
	case scanned(path, "/instances/web%d", &i):
		answer(w, f.instance(project, i)[0])
	case scanned(path, "/storage-pools/local/volumes/custom/data%d", &i):
		answer(w, f.volume(project, i)[0])
	case path == "":
		answer(w, map[string]any{"api_version": "1.0", "auth": "trusted", "api_status": "stable", "config": map[string]string{},
			"api_extensions": []string{"projects", "network", "storage", "resources", "instances", "container_full", "api_filtering", "storage_volume_state",
				"operations_get_query_all_projects", "profiles_all_projects", "snapshot_expiry_creation", "container_only_migration", "storage_api_volume_snapshots", "storage_api_remote_volume_handling", "custom_volume_refresh"},
			"environment": map[string]any{"server": "incus", "server_name": "fleet", "server_version": "6.0.4", "addresses": []string{}}})
	case path == "/projects":
		list := []any{described("default")}
		for _, name := range f.Projects {
			list = append(list, described(name))
		}
		answer(w, list)
	case path == "/projects/"+project:
		answer(w, described(project))
	case path == "/networks":
		answer(w, []string{"/1.0/networks/lan"})
	case path == "/profiles":
		answer(w, []map[string]any{{"name": "default", "project": "default", "config": map[string]string{}, "devices": map[string]any{}}})
	case path == "/operations":
		answer(w, map[string]any{})
	case path == "/storage-pools":
		answer(w, []string{"/1.0/storage-pools/local"})
	case path == "/storage-pools/local":
		answer(w, map[string]any{"name": "local", "driver": "zfs", "config": map[string]string{}})
	case path == "/instances":
		f.list(w, "instances", project, f.instance)
	case path == "/storage-pools/local/volumes":
		f.list(w, "volumes", project, f.volume)
	default:
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(map[string]any{"type": "error", "error": "not found", "error_code": http.StatusNotFound})
	}
}

func described(project string) any {
	return map[string]any{"name": project, "config": map[string]string{"features.profiles": "false"}}
}

// scanned reads the number of an object off a path.
func scanned(path, form string, i *int) bool {
	n, err := fmt.Sscanf(path, form, i)
	return err == nil && n == 1
}

func answer(w http.ResponseWriter, metadata any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "sync", "status": "Success", "status_code": 200, "metadata": metadata})
}

// list tells of the objects of one kind, piece by piece.
func (f *Fleet) list(w http.ResponseWriter, name, project string, elements func(project string, i int) []any) {
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprint(out, `{"type":"sync","status":"Success","status_code":200,"metadata":[`)
	encoder := json.NewEncoder(out)
	for i := range f.Objects / 2 {
		for n, element := range elements(project, i) {
			if i+n > 0 {
				fmt.Fprint(out, ",")
			}
			if encoder.Encode(element) != nil {
				return // the reader has gone
			}
		}
		if f.Told != nil {
			_ = out.Flush()
			f.Told(name, i+1)
		}
	}
	fmt.Fprint(out, "]}\n")
	_ = out.Flush()
}

// marks are those of a complete replica.
func (f *Fleet) marks(config map[string]string) map[string]string {
	if f.Identity != "" {
		config["user.iab.replica-of"], config["user.iab.role"], config["user.iab.source"] = f.Identity, "replica", "source"
		config["user.iab.complete"] = f.snapshot(f.Snapshots - 1).name
	}
	return config
}

type snapshot struct {
	name string
	at   time.Time
}

// snapshot is the n-th of an object, the oldest first.
func (f *Fleet) snapshot(n int) snapshot {
	at := f.Now.Add(-time.Duration(f.Snapshots-n) * time.Hour).UTC()
	return snapshot{at.Format("IAB_20060102-150405"), at.Truncate(time.Second).Add(time.Second)}
}

func (f *Fleet) instance(project string, i int) []any {
	config := f.marks(map[string]string{"image.description": "Debian bookworm amd64 (20260301_05:24)", "image.os": "Debian", "image.release": "bookworm",
		"image.serial": "20260301_05:24", "image.type": "squashfs", "image.variant": "default", "image.architecture": "amd64", "volatile.base_image": strings.Repeat("5b2a", 16),
		"volatile.cloud-init.instance-id": fmt.Sprintf("0f9d0f5c-5f2e-4d2b-9b1a-%012d", i), "volatile.eth0.hwaddr": "10:66:6a:00:00:01", "volatile.idmap.base": "0",
		"volatile.idmap.next": `[{"Isuid":true,"Isgid":false,"Hostid":1000000,"Nsid":0,"Maprange":1000000000},{"Isuid":false,"Isgid":true,"Hostid":1000000,"Nsid":0,"Maprange":1000000000}]`,
		"volatile.uuid":       fmt.Sprintf("7b0f3a6e-4c1d-4f6b-8c3a-%012d", i)})
	devices := map[string]any{"root": map[string]string{"type": "disk", "path": "/", "pool": "local"}}
	var snapshots []any
	for n := range f.Snapshots {
		s := f.snapshot(n)
		snapshots = append(snapshots, map[string]any{"name": s.name, "created_at": s.at, "expires_at": time.Time{}, "last_used_at": time.Time{}, "size": 1 << 20, "stateful": false,
			"architecture": "x86_64", "config": config, "expanded_config": config, "devices": devices, "expanded_devices": devices, "ephemeral": false, "profiles": []string{"default"}})
	}
	return []any{map[string]any{"name": Instance(i), "project": project, "type": "container", "status": "Stopped", "status_code": 102, "architecture": "x86_64", "config": config,
		"expanded_config": config, "devices": devices, "expanded_devices": devices, "ephemeral": false, "profiles": []string{"default"}, "stateful": false, "description": "",
		"created_at": f.Now, "last_used_at": f.Now, "location": "none", "backups": []any{}, "snapshots": snapshots,
		"state": map[string]any{"status": "Stopped", "status_code": 102, "disk": map[string]any{"root": map[string]any{"usage": 1 << 30, "total": 0}}}}}
}

func (f *Fleet) volume(project string, i int) []any {
	config := f.marks(map[string]string{"size": "10GiB", "volatile.uuid": fmt.Sprintf("7b0f3a6e-4c1d-4f6b-8c3a-%012d", i)})
	one := func(name string, at time.Time) any {
		return map[string]any{"name": name, "type": "custom", "content_type": "filesystem", "config": config, "description": "", "created_at": at, "location": "none", "project": project, "used_by": []string{}}
	}
	list := []any{one(Volume(i), f.Now)}
	for n := range f.Snapshots {
		s := f.snapshot(n)
		list = append(list, one(Volume(i)+"/"+s.name, s.at))
	}
	return list
}

package remote

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

var (
	web  = plan.Ref{Project: "default", Kind: plan.Instance, Name: "web"}
	logs = plan.Ref{Project: "default", Kind: plan.Volume, Pool: "local", Name: "files"}
)

// fakeTarget is a target that holds one instance, one volume and one profile, over real TLS. Somebody else changes what is read
// from it as often as races says, before it is written back.
type fakeTarget struct {
	*fakeServer
	pair *Pair

	instance api.Instance
	volume   api.StorageVolume
	profile  api.Profile

	races   int
	writes  int
	version int

	extensions []string
	keys       []string // of instances' security, as the metadata lists them
	noKeys     int      // status of the answer instead of the metadata
	asked      int      // how often the metadata was read
	snapshots  map[string]api.InstanceSnapshot
	made       *api.InstancesPost
	archive    api.Instance // what was made, or is there already
	removed    int          // how often it was deleted
}

// newFakeTarget returns a target, without some API extensions, whose objects are replicas of a source that the pair knows.
func newFakeTarget(t *testing.T, lacks ...string) *fakeTarget {
	t.Helper()
	f := &fakeTarget{fakeServer: newFakeServer(t), keys: []string{"security.protection.delete"}}
	for _, extension := range []string{"instances", "projects", "storage", "container_only_migration", "metadata_configuration"} {
		if !slices.Contains(lacks, extension) {
			f.extensions = append(f.extensions, extension)
		}
	}
	marks := map[string]string{plan.MarkReplicaOf: "us", plan.MarkRole: plan.RoleReplica}
	f.instance = api.Instance{Name: web.Name, Type: "container", InstancePut: api.InstancePut{Config: maps.Clone(marks)}}
	f.instance.Devices = map[string]map[string]string{"root": {"type": "disk", "path": "/", "pool": "local", "size": "1GiB"}}
	f.instance.ExpandedDevices = f.instance.Devices
	f.volume = api.StorageVolume{Name: logs.Name, Type: "custom", StorageVolumePut: api.StorageVolumePut{Config: maps.Clone(marks)}}
	f.volume.Config["size"] = "1GiB"
	f.profile = api.Profile{Name: "big", ProfilePut: api.ProfilePut{Config: maps.Clone(marks)}}
	f.answer = f.serve
	client, err := Connect(t.Context(), plan.Target, f.URL, f.pinned(t, march), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	f.pair = NewPair(client, client, Owner{Identity: "us", Source: "incus1"}, Patience{})
	f.pair.remember(web, definition{instance: &api.Instance{
		InstancePut: api.InstancePut{Description: "new", Config: map[string]string{"limits.cpu": "4", "boot.autostart": "true"},
			Devices: map[string]map[string]string{"eth0": {"type": "nic", "network": "lan"}}},
		ExpandedDevices: map[string]map[string]string{"eth0": {"type": "nic", "network": "lan"}, "root": {"type": "disk", "path": "/", "pool": "fast", "size": "2GiB"}},
	}})
	f.pair.remember(logs, definition{volume: &api.StorageVolume{
		StorageVolumePut: api.StorageVolumePut{Description: "new", Config: map[string]string{"size": "2GiB", "user.color": "blue", "snapshots.expiry": "1d"}}}})
	f.pair.rememberProfile(profileName{"default", "big"}, plan.Profile{Description: "new", Config: map[string]string{"limits.cpu": "4"}})
	return f
}

// serve answers as Incus does; the lock of the fakeServer is held.
func (f *fakeTarget) serve(w http.ResponseWriter, r *http.Request) {
	switch path := strings.TrimPrefix(r.URL.Path, "/1.0"); {
	case path == "":
		server := api.Server{}
		server.APIVersion, server.Auth, server.APIExtensions = "1.0", trusted, f.extensions
		reply(w, server)
	case path == "/metadata/configuration":
		f.metadata(w)
	case path == "/instances" && r.Method == http.MethodPost:
		f.made = &api.InstancesPost{}
		_ = json.NewDecoder(r.Body).Decode(f.made)
		f.archive = api.Instance{Name: f.made.Name, InstancePut: f.made.InstancePut}
		f.archive.Config = maps.Clone(f.made.Config)
		replyDone(w)
	case f.archive.Name != "" && path == "/instances/"+f.archive.Name && r.Method == http.MethodDelete:
		f.archive, f.removed = api.Instance{}, f.removed+1
		replyDone(w)
	case f.archive.Name != "" && path == "/instances/"+f.archive.Name:
		f.object(w, r, &f.archive, &f.archive.InstancePut, func() {})
	case strings.HasPrefix(path, "/instances/web/snapshots/"):
		reply(w, f.snapshots[strings.TrimPrefix(path, "/instances/web/snapshots/")])
	case path == "/instances/web":
		f.object(w, r, &f.instance, &f.instance.InstancePut, func() { f.instance.Config["volatile.turn"] = fmt.Sprint(f.version) })
	case path == "/storage-pools/local/volumes/custom/files":
		f.object(w, r, &f.volume, &f.volume.StorageVolumePut, func() { f.volume.Config["volatile.turn"] = fmt.Sprint(f.version) })
	case path == "/profiles/big":
		f.object(w, r, &f.profile, &f.profile.ProfilePut, func() { f.profile.Config["user.turn"] = fmt.Sprint(f.version) })
	default:
		refuse(w, http.StatusNotFound, "not found")
	}
}

func (f *fakeTarget) object(w http.ResponseWriter, r *http.Request, whole, writable any, turn func()) {
	if r.Method == http.MethodGet {
		w.Header().Set("ETag", fmt.Sprint(f.version))
		reply(w, whole)
		if f.races > 0 {
			f.races--
			f.version++
			turn()
		}
		return
	}
	f.writes++
	if match := r.Header.Get("If-Match"); match != fmt.Sprint(f.version) && (match != "" || r.Method != http.MethodPatch) {
		refuse(w, http.StatusPreconditionFailed, "ETag doesn't match")
		return
	}
	f.version++
	if r.Method == http.MethodPatch {
		var patch struct {
			Description string        `json:"description"`
			Config      api.ConfigMap `json:"config"`
		}
		if err := json.NewDecoder(r.Body).Decode(&patch); err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
		switch held := writable.(type) {
		case *api.InstancePut:
			assign(&held.Config, patch.Config)
			held.Description = patch.Description
		case *api.StorageVolumePut:
			assign(&held.Config, patch.Config)
			held.Description = patch.Description
		}
		reply(w, nil)
		return
	}
	switch put := writable.(type) { // decoding into a map would keep what is in it
	case *api.InstancePut:
		*put = api.InstancePut{}
	case *api.StorageVolumePut:
		*put = api.StorageVolumePut{}
	case *api.ProfilePut:
		*put = api.ProfilePut{}
	}
	if err := json.NewDecoder(r.Body).Decode(writable); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if _, instance := whole.(*api.Instance); instance {
		replyDone(w)
		return
	}
	reply(w, nil)
}

// replyDone answers with an operation that has ended well already.
func replyDone(w http.ResponseWriter) {
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "async", "status": "Operation created", "status_code": 100, "operation": "/1.0/operations/done",
		"metadata": api.Operation{ID: "done", Class: "task", Status: "Success", StatusCode: api.Success}})
}

func (f *fakeTarget) metadata(w http.ResponseWriter) {
	f.asked++
	if f.noKeys != 0 {
		refuse(w, f.noKeys, "no")
		return
	}
	group := api.MetadataConfigGroup{}
	for _, key := range f.keys {
		group.Keys = append(group.Keys, map[string]api.MetadataConfigKey{key: {Type: "bool"}})
	}
	reply(w, api.MetadataConfiguration{Config: api.MetadataConfig{"instance": {"security": group}}})
}

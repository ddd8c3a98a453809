package remote

import (
	"maps"
	"slices"
	"strings"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// offKeys are the config keys that make an instance act by itself, and what a replica has instead; empty: nothing.
// A replica never runs by itself (invariant 6), and its snapshots are IAB's to make and to expire. What stands here is in
// force whatever profiles say: a schedule that an instance inherits is idle while it is stopped.
var offKeys = map[string]string{
	"boot.autostart":             "false",
	"snapshots.schedule":         "",
	"snapshots.schedule.stopped": "false",
	"snapshots.expiry":           "",
	startKey:                     "true",
}

// stateKeys describe the source's present state and mean nothing on a replica. A copied power state would start
// the replica with its server (seen on 6.0.4).
var stateKeys = []string{"volatile.last_state.power", "volatile.last_state.ready"}

// replicaConfig returns the config of the replica of an object: the source's, without what would make it act by
// itself (off), with the originals of those keys saved and IAB's marks set.
func (o Owner) replicaConfig(source, off map[string]string) map[string]string {
	config := maps.Clone(source)
	if config == nil {
		config = map[string]string{}
	}
	for key := range config {
		if isMark(key) {
			delete(config, key)
		}
	}
	if config["volatile.last_state.power"] == "RUNNING" || source[plan.MarkStopped] == o.Identity && o.Identity != "" {
		config[plan.MarkRunning] = "true"
	}
	for _, key := range stateKeys {
		delete(config, key)
	}
	for key, instead := range off {
		if value, ok := config[key]; ok {
			config[plan.MarkSaved+key] = value
			delete(config, key)
		}
		if instead != "" {
			config[key] = instead
		}
	}
	config[plan.MarkReplicaOf] = o.Identity
	config[plan.MarkSource] = o.Source
	config[plan.MarkRole] = plan.RoleReplica
	return config
}

// isMark reports whether IAB itself writes the key on replicas. Marks on the source come from an object that was once a
// replica itself, and would make a lie of the new ones.
func isMark(key string) bool {
	return strings.HasPrefix(key, plan.MarkSaved) || strings.HasPrefix(key, plan.MarkBase) || slices.Contains([]string{plan.MarkReplicaOf, plan.MarkSource, plan.MarkRole,
		plan.MarkComplete, plan.MarkAhead, plan.MarkSending, plan.MarkBroken, plan.MarkStopped, plan.MarkFrozen, plan.MarkArchiveOf, plan.MarkSnapshot, plan.MarkCreated, plan.MarkDropped,
		plan.MarkOrigin, plan.MarkIdentity, plan.MarkRestored, plan.MarkFetched, plan.MarkKept, plan.MarkReplaced, plan.MarkHandedOver,
		plan.MarkPurpose, plan.MarkDrill}, key)
}

// poolMark is the mark of the pool in which an instance of the source lies, empty where its replica lies in one of the same name.
func poolMark(source *api.Instance, pool string) map[string]string {
	original := ""
	if _, root, ok := rootDisk(source.ExpandedDevices); ok && root["pool"] != pool {
		original = root["pool"]
	}
	return map[string]string{plan.MarkPool: original}
}

// rootDisk returns the name and the keys of an instance's root disk.
func rootDisk(devices map[string]map[string]string) (string, map[string]string, bool) {
	for name, device := range devices {
		if device["type"] == "disk" && device["path"] == "/" && device["source"] == "" {
			return name, device, true
		}
	}
	return "", nil, false
}

// replicaDevices returns an instance's own devices for its replica: the root disk in the target's pool, and the dropped ones
// masked, so that a profile does not bring them back.
func replicaDevices(own, inherited map[string]map[string]string, pool string, drops []plan.Drop) map[string]map[string]string {
	devices := map[string]map[string]string{}
	for name, device := range own {
		devices[name] = maps.Clone(device)
	}
	if name, root, ok := rootDisk(inherited); ok {
		root = maps.Clone(root)
		root["pool"] = pool
		devices[name] = root
	}
	for _, drop := range drops {
		devices[drop.Device] = map[string]string{"type": "none"}
	}
	return devices
}

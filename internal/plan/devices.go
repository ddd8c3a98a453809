package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// WhyExcluded is the reason of a drop that the config asks for.
const WhyExcluded = "excluded by the config"

// drops returns the devices that the replica of a job does not get, sorted by name: those that the config
// excludes, NICs on networks and disks on volumes that the target does not have. A volume that another job
// of the same plan replicates counts as there.
func (b builder) drops(job Job, source Holding) []Drop {
	var list []Drop
	for _, name := range slices.Sorted(maps.Keys(source.Inherited)) {
		if slices.Contains(job.ExcludeDevices, name) {
			list = append(list, Drop{name, WhyExcluded})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(source.Devices)) {
		if slices.Contains(job.ExcludeDevices, name) {
			continue
		}
		why := misfit(job.Replica().Project, source.Devices[name], b.inv.Target, b.planned)
		if why == "" {
			why = b.elsewhere(job, source.Devices[name])
		}
		if why != "" {
			list = append(list, Drop{name, why})
		}
	}
	return list
}

// elsewhere says that a volume lies on another cluster member than the replica that uses it, or nothing.
func (b builder) elsewhere(job Job, device Device) string {
	own, ref := b.placed[job.Replica()], volumeOf(job.Replica().Project, device)
	member, ok := b.placed[ref]
	if held, exists := b.inv.Target.Holdings[ref]; exists {
		member, ok = held.Member, true
	}
	if ref == (Ref{}) || !ok || own == "" || member == "" || member == own {
		return ""
	}
	return fmt.Sprintf("volume %s lies on the cluster member %s, and the replica on %s", ref.Name, member, own)
}

// Dropped returns those of the devices that are dropped, by name.
func Dropped(devices map[string]Device, drops []Drop) map[string]Device {
	dropped := map[string]Device{}
	for _, drop := range drops {
		if device, ok := devices[drop.Device]; ok {
			dropped[drop.Device] = device
		}
	}
	return dropped
}

// DroppedText is the value of MarkDropped for an object that does not get these devices: a JSON object of them by name, with
// their keys and values. None, no text.
func DroppedText(dropped map[string]Device) string {
	if len(dropped) == 0 {
		return ""
	}
	text, _ := json.Marshal(dropped) // strings by strings always encode, in the order of their keys
	return string(text)
}

// misfit says why a device can't exist in a project of the target, or nothing.
func misfit(project string, device Device, target Server, planned map[Ref]bool) string {
	switch {
	case device["type"] == "nic" && device["network"] != "":
		if !target.Projects[project].Networks[device["network"]] {
			return fmt.Sprintf("network %s is missing on the target", device["network"])
		}
	case volumeOf(project, device) != Ref{}:
		ref := volumeOf(project, device)
		if _, ok := target.Holdings[ref]; !ok && !planned[ref] {
			return fmt.Sprintf("volume %s is missing in pool %s on the target", ref.Name, ref.Pool)
		}
	}
	return ""
}

// volumeOf returns the custom volume that a disk device attaches in a project, or the zero Ref.
func volumeOf(project string, device Device) Ref {
	if device["type"] != "disk" || device["pool"] == "" || device["source"] == "" || device["path"] == "/" {
		return Ref{}
	}
	name, _, _ := strings.Cut(device["source"], "/")
	return Ref{Project: project, Kind: Volume, Pool: device["pool"], Name: name}
}

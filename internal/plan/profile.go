package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DefaultProfile is the profile that every project has on every server. What is in it is each server's own.
const DefaultProfile = "default"

// ProfileChange makes a profile on the target after the source's, or brings one that this config made up to the source's. What
// the config did not make is never changed.
type ProfileChange struct {
	Project string `json:"project"` // on the target
	Profile string `json:"profile"`
	From    string `json:"from,omitempty"` // project on the source, if it has another name
	Creates bool   `json:"creates"`
	Why     string `json:"why"`
	Drops   []Drop `json:"drops,omitempty"` // devices that it does not get on the target

	Refs []Ref `json:"-"` // the objects of the plan that use it; nothing is done to them when the change fails
}

// Replica returns the profile as the target has it, for the owner of that identity: without the dropped devices, which stand in a
// mark, and without the marks that the source's profile may bear itself. source is the source server's name in the config.
func (p Profile) Replica(drops []Drop, identity, source string) Profile {
	copied := Profile{Config: maps.Clone(p.Config), Devices: maps.Clone(p.Devices), Description: p.Description}
	if copied.Config == nil {
		copied.Config = map[string]string{}
	}
	for _, drop := range drops {
		delete(copied.Devices, drop.Device)
	}
	delete(copied.Config, MarkDropped)
	if text := DroppedText(Dropped(p.Devices, drops)); text != "" {
		copied.Config[MarkDropped] = text
	}
	copied.Config[MarkReplicaOf], copied.Config[MarkSource] = identity, source
	return copied
}

// Made reports whether the config of that identity made the profile.
func (p Profile) Made(identity string) bool {
	return identity != "" && p.Config[MarkReplicaOf] == identity
}

// Source is the project on the source that has the profile.
func (c ProfileChange) Source() string { return cmp.Or(c.From, c.Project) }

// profileRef names a profile of a project on the source, and the project on the target where it is needed. Without from it is a
// profile of the target alone.
type profileRef struct{ from, into, name string }

func (a profileRef) compare(b profileRef) int {
	return cmp.Or(cmp.Compare(a.into, b.into), cmp.Compare(a.name, b.name), cmp.Compare(a.from, b.from))
}

func profileOfJob(job Job, name string) profileRef {
	return profileRef{job.Ref.Project, job.Replica().Project, name}
}

// profileMakers says for every profile on the target that jobs need after the project of which one on the source it is made: the first
// by name, where several projects lead to one.
func profileMakers(jobs []Job, source Server) map[profileRef]string {
	makers := map[profileRef]string{}
	for _, job := range jobs {
		for _, name := range source.Holdings[job.Ref].Profiles {
			ref := profileRef{into: job.Replica().Project, name: name}
			if first, ok := makers[ref]; !ok || job.Ref.Project < first {
				makers[ref] = job.Ref.Project
			}
		}
	}
	return makers
}

// twoProfiles returns the problem of two projects that lead to one, and have different profiles of one name.
func (b builder) twoProfiles(job Job, name string) *problem {
	ref := profileOfJob(job, name)
	maker := b.makers[profileRef{into: ref.into, name: name}]
	held, exists := b.inv.Target.Projects[ref.into].Profiles[name]
	if name == DefaultProfile || maker == ref.from || exists && !held.Made(b.opts.Identity) {
		return nil
	}
	first, own := b.inv.Source.Projects[maker].Profiles[name], b.inv.Source.Projects[ref.from].Profiles[name]
	if differences(first, own) == "" {
		return nil
	}
	return &problem{fmt.Sprintf("its profile %s differs from that of project %s, and both would be one in project %s on the target", name, maker, ref.into),
		"rename one of both, or let the projects lead to different ones (projects[].targetName)"}
}

// profiles plans the changes of the profiles that the items use. Nothing is planned where nothing differs.
func (b builder) profiles(items []Item) []ProfileChange {
	changes := []ProfileChange{}
	if b.opts.NoCopy {
		return changes
	}
	users := map[profileRef][]Ref{}
	for _, item := range items {
		source, _ := b.holding(item.Job, Source)
		for _, name := range source.Profiles {
			if item.Problem == "" {
				ref := profileOfJob(item.Job, name)
				ref.from = b.makers[profileRef{into: ref.into, name: name}]
				users[ref] = append(users[ref], item.Ref)
			}
		}
	}
	for _, ref := range slices.SortedFunc(maps.Keys(users), profileRef.compare) {
		if change, ok := b.profileChange(ref); ok {
			change.Refs = users[ref]
			changes = append(changes, change)
		}
	}
	return changes
}

func (b builder) profileChange(ref profileRef) (change ProfileChange, ok bool) {
	source, drops, ok := b.follows(ref)
	if !ok {
		return change, false
	}
	change = ProfileChange{Project: ref.into, Profile: ref.name, Drops: drops}
	if ref.from != ref.into {
		change.From = ref.from
	}
	held, exists := b.inv.Target.Projects[ref.into].Profiles[ref.name]
	if !exists {
		change.Creates, change.Why = true, "it is missing there"
		return change, true
	}
	wanted := source.Replica(drops, b.opts.Identity, held.Config[MarkSource])
	change.Why = differences(wanted, held)
	return change, change.Why != ""
}

// follows returns the source's profile and the devices that can't exist on the target, if the target's profile is this
// config's to make and to change.
func (b builder) follows(ref profileRef) (source Profile, drops []Drop, ok bool) {
	source, known := b.inv.Source.Projects[ref.from].Profiles[ref.name]
	held, exists := b.inv.Target.Projects[ref.into].Profiles[ref.name]
	if !known || ref.name == DefaultProfile || exists && !held.Made(b.opts.Identity) {
		return Profile{}, nil, false
	}
	for _, name := range slices.Sorted(maps.Keys(source.Devices)) {
		device, planned := source.Devices[name], b.planned
		if exists && !maps.Equal(held.Devices[name], device) {
			planned = nil // replicas that have the profile refuse a disk until its volume is there: the next run adds it
		}
		why := misfit(ref.into, device, b.inv.Target, planned)
		if _, there := b.inv.Target.Pools[device["pool"]]; device["type"] == "disk" && device["path"] == "/" && device["pool"] != "" && !there {
			why = fmt.Sprintf("pool %s does not exist on the target", device["pool"])
		}
		if why != "" {
			drops = append(drops, Drop{name, why})
		}
	}
	return source, drops, true
}

// noProfile reports whether the target lacks a profile that can't be made there either.
func (b builder) noProfile(ref profileRef) bool {
	_, there := b.inv.Target.Projects[ref.into].Profiles[ref.name]
	_, known := b.inv.Source.Projects[ref.from].Profiles[ref.name]
	return !there && (!known || ref.name == DefaultProfile)
}

// profileWarnings tells of the devices that an object inherits on the source and not on the target, because IAB could not
// give them to a profile there. Excluded devices are not missed, and neither is a root disk: a replica has its own.
func (b builder) profileWarnings(job Job, source Holding) []string {
	var warnings []string
	for _, name := range source.Profiles {
		profile, drops, _ := b.follows(profileOfJob(job, name))
		for _, drop := range drops {
			device := profile.Devices[drop.Device]
			if device["path"] == "/" || slices.Contains(job.ExcludeDevices, drop.Device) || !maps.Equal(device, source.Inherited[drop.Device]) {
				continue
			}
			warnings = append(warnings, fmt.Sprintf("device %s is dropped from profile %s: %s", drop.Device, name, drop.Why))
		}
	}
	return warnings
}

// differences names what of a profile is not as it should be, or nothing.
func differences(wanted, held Profile) string {
	var list []string
	for _, key := range changedKeys(wanted.Config, held.Config, func(a, b string) bool { return a == b }) {
		if key == MarkDropped {
			list = append(list, "dropped devices")
			continue
		}
		list = append(list, "config "+key)
	}
	for _, name := range changedKeys(wanted.Devices, held.Devices, maps.Equal[Device, Device]) {
		list = append(list, "device "+name)
	}
	if wanted.Description != held.Description {
		list = append(list, "description")
	}
	if len(list) == 0 {
		return ""
	}
	return "it differs from the source's in " + strings.Join(list, ", ")
}

// changedKeys returns the keys of which the values are not equal, sorted. A key that only one map has is among them.
func changedKeys[V any](a, b map[string]V, equal func(a, b V) bool) []string {
	keys := map[string]bool{}
	for _, pair := range [][2]map[string]V{{a, b}, {b, a}} {
		for key, value := range pair[0] {
			if other, ok := pair[1][key]; !ok || !equal(value, other) {
				keys[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// fetch plans the making of a new object of the restore point, and what it can't have there.
func (p planner) fetch(r *Restore, temporary Ref, second bool) *problem {
	side, point := p.request.To, p.request.Point
	server := p.inv.On(side)
	holder, ok := p.inv.On(point.Side).Holdings[point.Holder]
	if !ok {
		return &problem{fmt.Sprintf("%s is not on the %s any more", point.Holder, point.Side), "see `iab snapshots`"}
	}
	if problem := p.unanswered(point.Holder, point.Side); problem != nil {
		return problem
	}
	pool := p.pool(holder)
	if _, ok := server.Pools[pool]; !ok {
		return &problem{fmt.Sprintf("pool %s does not exist on the %s", pool, side), "create it there: incus storage create"}
	}
	member, unplaced := p.member(point, holder)
	if unplaced != nil {
		return unplaced
	}
	for _, profile := range holder.Profiles {
		if _, ok := server.Projects[r.To.Object.Project].Profiles[profile]; !ok {
			return &problem{fmt.Sprintf("profile %s does not exist on the %s", profile, side),
				fmt.Sprintf("create it there: incus profile copy %s, project %s", profile, r.To.Object.Project)}
		}
	}
	way := fmt.Sprintf("copied on the %s itself", side)
	if point.Side != side {
		way = fmt.Sprintf("sent from the %s", point.Side)
	}
	r.Sending = p.sending(point.Side, point.Holder)
	if member != "" {
		way += " to cluster member " + member
	}
	drops := p.drops(holder, second)
	for _, drop := range drops {
		r.Warnings = append(r.Warnings, fmt.Sprintf("device %s is left out: %s", drop.Device, drop.Why))
	}
	r.step(Step{Verb: StepFetch, Side: side, Object: point.Holder, Name: temporary.Name, From: point, Second: second, Pool: pool, Member: member, Drops: drops,
		Why: fmt.Sprintf("snapshot %s, without its history, is %s; it has this name until it is whole", point.Snapshot, way)})
	return nil
}

// pool is where the new object lies: where the object lies or lay on that side, as far as that is known, else in the pool of the same name.
func (p planner) pool(holder Holding) string {
	if present, ok := p.inv.On(p.request.To).Holdings[p.request.Object.Ref]; ok && p.request.To == Source {
		return present.Pool
	}
	if p.request.Object.Ref.Pool != "" && p.request.To == Source {
		return p.request.Object.Ref.Pool
	}
	if original := holder.Config[MarkPool]; original != "" && p.request.To == Source {
		return original
	}
	return holder.Pool
}

// drops are the devices that a restored object does not get: those that its server can't have, and of a second object the network
// interfaces and volumes, which belong to the first.
func (p planner) drops(holder Holding, second bool) []Drop {
	server, project := p.inv.On(p.request.To), p.request.Object.projectOn(p.request.To)
	devices := holder.original()
	var list []Drop
	for _, name := range slices.Sorted(maps.Keys(devices)) {
		device := devices[name]
		volume := volumeOf(project, device)
		_, there := server.Holdings[volume]
		switch {
		case device["type"] == "nic" && second && !p.request.NICs:
			list = append(list, Drop{name, "a second object has no network interfaces unless --with-nics asks for them"})
		case device["type"] == "nic" && device["network"] != "" && !server.Projects[project].Networks[device["network"]]:
			list = append(list, Drop{name, fmt.Sprintf("network %s is missing on the %s", device["network"], p.request.To)})
		case volume == Ref{} || p.request.With[volume]:
		case second:
			list = append(list, Drop{name, fmt.Sprintf("volume %s belongs to the first object", volume.Name)})
		case !there:
			list = append(list, Drop{name, fmt.Sprintf("volume %s is missing in pool %s on the %s; --with-volumes restores it, too", volume.Name, volume.Pool, p.request.To)})
		}
	}
	return list
}

// original are all devices that the holder of a restore point had on the source, those of its profiles among them.
func (h Holding) original() map[string]Device {
	devices := map[string]Device{}
	maps.Copy(devices, h.Inherited)
	maps.Copy(devices, DroppedDevices(h.Config))
	return devices
}

// DroppedDevices are the devices that an object on the target does not have because they did not fit there (MarkDropped).
func DroppedDevices(config map[string]string) map[string]Device {
	var devices map[string]Device
	if json.Unmarshal([]byte(config[MarkDropped]), &devices) != nil {
		return nil
	}
	return devices
}

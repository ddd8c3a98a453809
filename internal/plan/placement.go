package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// groupSign begins the name of a group where it stands for any member of it, as servers write it.
const groupSign = "@"

// homeless returns why a new replica has no place in the target's cluster, or nil.
func (b builder) homeless(job Job) *problem {
	target, wanted := b.inv.Target, job.Placement.Target
	placed := b.placed[job.Replica()]
	if _, exists := target.Holdings[job.Replica()]; exists || len(target.Members) == 0 && wanted == "" {
		return nil
	}
	if placed == "" {
		return target.noPlace(Target, wanted)
	}
	if target.Silent(Holding{Member: placed}) {
		return &problem{fmt.Sprintf("the cluster member %s of the target, which has what it belongs together with, does not answer", placed),
			"see `incus cluster list` there; its replica comes to that member when it is back"}
	}
	return nil
}

// noPlace says why no member can take a new object.
func (s Server) noPlace(side Side, wanted string) *problem {
	hint := "see clusterMember in the config; the " + string(side) + " has " + s.memberNames()
	group, isGroup := strings.CutPrefix(wanted, groupSign)
	_, known := s.Members[wanted]
	switch {
	case len(s.Members) == 0:
		return &problem{fmt.Sprintf("the config places it on cluster member %s, and the %s is no cluster, or does not tell", wanted, side),
			"take clusterMember out of the config"}
	case isGroup && !slices.ContainsFunc(slices.Collect(maps.Values(s.Members)), func(m Member) bool { return slices.Contains(m.Groups, group) }):
		return &problem{fmt.Sprintf("the config places it on the cluster group %s, and the %s has no member in that", group, side), hint}
	case isGroup:
		return &problem{fmt.Sprintf("no member of the cluster group %s on the %s answers and takes new objects", group, side), "see `incus cluster list` there"}
	case wanted == "":
		return &problem{fmt.Sprintf("no cluster member of the %s answers and takes new objects", side), "see `incus cluster list` there"}
	case !known:
		return &problem{fmt.Sprintf("the config places it on cluster member %s, which the %s does not have", wanted, side), hint}
	}
	return &problem{fmt.Sprintf("cluster member %s of the %s, where the config places it, does not answer or is evacuated", wanted, side), "see `incus cluster list` there"}
}

// load is how many objects each cluster member holds.
type load map[string]int

func (s Server) load() load {
	held := load{}
	for _, holding := range s.Holdings {
		held[holding.Member]++
	}
	return held
}

// choose returns the member for a new object: the one of that name, or of the group or of all those the one that holds least; nothing if
// there is none.
func (l load) choose(members map[string]Member, wanted string) string {
	group, isGroup := strings.CutPrefix(wanted, groupSign)
	var fit []string
	for name, member := range members {
		if member.Answers && !member.Evacuated && (wanted == "" || wanted == name || isGroup && slices.Contains(member.Groups, group)) {
			fit = append(fit, name)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	return slices.MinFunc(fit, func(a, b string) int { return cmp.Or(cmp.Compare(l[a], l[b]), cmp.Compare(a, b)) })
}

// place decides where the replicas of the jobs lie in the target's cluster: those that exist stay, and what belongs together, an instance
// and the volumes that it uses, comes to one member, as pools belong to their member. Nothing if the target is no cluster.
func place(jobs []Job, inv Inventory) map[Ref]string {
	target := inv.Target
	if len(target.Members) == 0 {
		return nil
	}
	placed, held := map[Ref]string{}, target.load()
	jobs = slices.Clone(jobs)
	slices.SortFunc(jobs, func(a, b Job) int { return a.Ref.Compare(b.Ref) })
	links := usage(jobs, inv)
	for _, job := range jobs {
		if _, done := placed[job.Replica()]; done {
			continue
		}
		group := together(job.Replica(), links)
		member := target.heldBy(group)
		if member == "" {
			member = held.choose(target.Members, job.Placement.Target)
		}
		for _, ref := range group {
			placed[ref] = member
			if there, exists := target.Holdings[ref]; exists {
				placed[ref] = there.Member
			} else {
				held[member]++
			}
		}
	}
	return placed
}

// heldBy returns the member that holds what there is of a group, one that answers if there are several; nothing if there is nothing.
func (s Server) heldBy(group []Ref) string {
	silent := ""
	for _, ref := range group {
		switch there := s.Holdings[ref]; {
		case there.Member == "":
		case !s.Silent(there):
			return there.Member
		default:
			silent = cmp.Or(silent, there.Member)
		}
	}
	return silent
}

// usage links every replica with the volumes of the target that it uses, and those with it.
func usage(jobs []Job, inv Inventory) map[Ref][]Ref {
	links := map[Ref][]Ref{}
	for _, job := range jobs {
		source := inv.Source.Holdings[job.Ref]
		for _, devices := range []map[string]Device{source.Devices, source.Inherited} {
			for _, device := range devices {
				if ref := volumeOf(job.Replica().Project, device); ref != (Ref{}) && !slices.Contains(links[job.Replica()], ref) {
					links[job.Replica()] = append(links[job.Replica()], ref)
					links[ref] = append(links[ref], job.Replica())
				}
			}
		}
	}
	return links
}

// together lists a replica and all that belongs to it, sorted: volumes, what uses them, and what that uses.
func together(replica Ref, links map[Ref][]Ref) []Ref {
	group, known := []Ref{replica}, map[Ref]bool{replica: true}
	for n := 0; n < len(group); n++ {
		for _, ref := range links[group[n]] {
			if !known[ref] {
				group, known[ref] = append(group, ref), true
			}
		}
	}
	slices.SortFunc(group, Ref.Compare)
	return group
}

// member is where a restored object comes to in its server's cluster: where the object is that it replaces or joins, or what it is copied
// from on the same server; else where something lies that it belongs to; else by the config. Nothing if the server is no cluster.
func (p planner) member(point Point, holder Holding) (string, *problem) {
	side, server := p.request.To, p.inv.On(p.request.To)
	if len(server.Members) == 0 {
		return "", nil
	}
	if point.Side == side {
		return holder.Member, nil
	}
	if present, exists := server.Holdings[p.request.Object.Job.RefOn(side)]; exists && !server.Silent(present) {
		return present.Member, nil
	}
	job := p.request.Object.Job
	for _, ref := range together(p.request.Object.Ref, linked(p.request.Object.Ref, holder, server)) {
		if there, exists := server.Holdings[ref]; exists && there.Member != "" && !server.Silent(there) {
			return there.Member, nil
		}
	}
	member := server.load().choose(server.Members, job.Placement.On(side))
	if member == "" {
		return "", server.noPlace(side, job.Placement.On(side))
	}
	return member, nil
}

// linked links an object with the volumes that its holder uses, and with what uses it on a server.
func linked(object Ref, holder Holding, server Server) map[Ref][]Ref {
	links := map[Ref][]Ref{}
	for _, devices := range []map[string]Device{holder.Inherited, DroppedDevices(holder.Config)} {
		for _, device := range devices {
			if ref := volumeOf(object.Project, device); ref != (Ref{}) {
				links[object] = append(links[object], ref)
			}
		}
	}
	for other, there := range server.Holdings {
		for _, device := range there.Inherited {
			if volumeOf(other.Project, device) == object {
				links[object] = append(links[object], other)
			}
		}
	}
	return links
}

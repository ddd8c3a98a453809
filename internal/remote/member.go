package remote

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/lxc/incus/v6/shared/api"
	"golang.org/x/sync/errgroup"

	"iab/internal/plan"
)

const (
	// memberLimit is how long a cluster member may take to say that it is there. The others take ten seconds to find out that one has
	// died a moment ago (seen on 6.0.4).
	memberLimit = 15 * time.Second

	memberOnline    = "Online"
	memberEvacuated = "Evacuated"
)

// at returns the client of one side and project that makes new objects on one member of its cluster, which for a custom volume is the
// only one that has what it is copied from. Without a member it is the same as in. An object that exists needs no such client: the server
// finds the member, and a member that is named with an instance would be taken for the one that it shall move to.
func (p *Pair) at(side plan.Side, project, member string) *projectClient {
	if member == "" {
		return p.in(side, project)
	}
	c := p.in(side, project)
	return &projectClient{InstanceServer: c.UseTarget(member), pair: p, feed: c.feed}
}

// memberOf is the member of a cluster that a server says an object lies on; nothing where there is no cluster, or where all members
// share the storage.
func memberOf(location string) string {
	if location == "none" {
		return ""
	}
	return location
}

// members reads the members of a server that is a cluster, and asks each whether it answers: a member that has just died counts as
// online for a while. Where our certificate may not see them, there are none.
func (r *reader) members(info *api.Server) error {
	if !info.Environment.ServerClustered {
		return nil
	}
	list, err := r.pair.servers.On(r.side).GetClusterMembers()
	if err != nil {
		return r.unlessMissing("list the cluster members", err)
	}
	found := make([]plan.Member, len(list))
	var group errgroup.Group
	for i, member := range list {
		group.Go(func() error {
			found[i] = plan.Member{
				Answers:   (member.Status == memberOnline || member.Status == memberEvacuated) && r.answers(member.ServerName),
				Evacuated: member.Status == memberEvacuated,
				Groups:    slices.Sorted(slices.Values(member.Groups)),
			}
			return nil
		})
	}
	_ = group.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, member := range list {
		found[i].Answers = found[i].Answers && !r.silent[member.ServerName]
		r.member(member.ServerName, found[i])
	}
	return nil
}

func (r *reader) member(name string, m plan.Member) {
	if r.server.Members == nil {
		r.server.Members = map[string]plan.Member{}
	}
	r.server.Members[name] = m
}

// silence notes that a member has not answered for one of its objects, whatever it says otherwise.
func (r *reader) silence(name string) {
	r.silent[name] = true
	m := r.server.Members[name]
	m.Answers = false
	r.member(name, m)
}

// answers asks a member of a cluster, by way of the one that we are connected to, whether it is there.
func (r *reader) answers(name string) bool {
	limit, cancel := context.WithTimeout(r.ctx, memberLimit)
	defer cancel()
	answered := make(chan bool, 1)
	go func() { // requests know no context
		_, _, err := r.pair.servers.On(r.side).UseTarget(name).GetServer()
		answered <- err == nil || api.StatusErrorCheck(err, http.StatusForbidden)
	}()
	select {
	case ok := <-answered:
		return ok
	case <-limit.Done():
		return false
	}
}

// mute reports whether an instance's member has not answered: then nothing of the instance is told but its name, as an error (seen on
// 6.0.4). Every instance has a config, if only the server's own keys.
func mute(full *listedInstance) bool {
	return memberOf(full.Location) != "" && full.StatusCode == api.Error && len(full.Config) == 0
}

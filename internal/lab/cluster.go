package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
)

// cluster makes the named daemons one cluster. The first one founds it, the others join one after another, since a cluster takes
// one at a time.
func (l *Lab) cluster(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	var members []*Daemon
	for _, name := range names {
		d := l.Daemon(name)
		if d == nil || slices.Contains(members, d) {
			return fmt.Errorf("make a cluster of %q: %s is no daemon of the lab, or named twice", names, name)
		}
		members = append(members, d)
	}
	first := members[0]
	if err := first.found(ctx); err != nil {
		return err
	}
	for _, d := range members[1:] {
		if err := d.join(ctx, first); err != nil {
			return err
		}
	}
	for _, d := range members {
		d.members = members
	}
	l.logf("%d daemons are one cluster", len(members))
	return nil
}

// Servers lists the daemons that have definitions of their own: of a cluster only the member that founded it.
func (l *Lab) Servers() []*Daemon {
	return slices.DeleteFunc(slices.Clone(l.Daemons), func(d *Daemon) bool { return len(d.members) > 0 && d.members[0] != d })
}

// found makes a daemon the first member of a new cluster.
func (d *Daemon) found(ctx context.Context) error {
	what := "found a cluster with " + d.Name
	server, etag, err := d.Client().GetServer()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	put := server.Writable()
	put.Config["cluster.https_address"] = d.address
	if err := d.Client().UpdateServer(put, etag); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	op, err := d.Client().UpdateCluster(api.ClusterPut{Cluster: api.Cluster{ServerName: d.Name, Enabled: true}}, "")
	if err := await(ctx, op, err, what); err != nil {
		return err
	}
	return d.awaitReady(ctx) // what the client knows of the server is older than the cluster
}

// join adds a daemon to the cluster of another one.
func (d *Daemon) join(ctx context.Context, first *Daemon) error {
	what := fmt.Sprintf("add %s to the cluster", d.Name)
	op, err := first.Client().CreateClusterMember(api.ClusterMembersPost{ServerName: d.Name})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	operation := op.Get()
	token, err := operation.ToClusterJoinToken()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	server, _, err := first.Client().GetServer()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	op, err = d.Client().UpdateCluster(api.ClusterPut{
		Cluster:            api.Cluster{ServerName: d.Name, Enabled: true},
		ClusterAddress:     first.address,
		ClusterCertificate: server.Environment.Certificate,
		ServerAddress:      d.address,
		ClusterToken:       token.String(),
	}, "")
	if err := await(ctx, op, err, what); err != nil {
		return err
	}
	if err := d.awaitReady(ctx); err != nil { // it listens anew, and answers on its socket meanwhile (seen on 6.0.4)
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// here is a client that makes new objects on this daemon, and not on another member of its cluster.
func (d *Daemon) here(project string) incus.InstanceServer {
	server := d.Project(project)
	if len(d.members) > 0 {
		server = server.UseTarget(d.Name)
	}
	return server
}

// onEveryMember prepares something on every member of the cluster, which a request to the whole cluster then makes. On a daemon
// that is in no cluster it does nothing.
func (d *Daemon) onEveryMember(prepare func(member incus.InstanceServer) error) error {
	errs := make([]error, len(d.members))
	var group sync.WaitGroup
	for i, member := range d.members {
		group.Go(func() { errs[i] = prepare(d.Client().UseTarget(member.Name)) })
	}
	group.Wait()
	return errors.Join(errs...)
}

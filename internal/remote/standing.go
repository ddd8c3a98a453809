package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// Rights are what a server lets IAB's certificate do.
type Rights struct {
	Restricted bool     // to some projects
	Projects   []string // that it may use, if restricted; sorted
}

// Rights asks a server what the certificate of that fingerprint, our own, may do there. One that does not let us see our
// entry counts as restricted to what it shows.
func (p *Pair) Rights(ctx context.Context, side plan.Side, fingerprint string) (Rights, error) {
	what := fmt.Sprintf("read the rights of IAB's certificate on the %s", side)
	if err := ctx.Err(); err != nil {
		return Rights{}, failure(what, err)
	}
	entry, _, err := p.servers.On(side).GetCertificate(fingerprint)
	switch {
	case err == nil && !entry.Restricted:
		return Rights{}, nil
	case err == nil:
		return Rights{Restricted: true, Projects: slices.Sorted(slices.Values(entry.Projects))}, nil
	case !api.StatusErrorCheck(err, http.StatusForbidden, http.StatusNotFound):
		return Rights{}, failure(what, err)
	}
	names, err := p.servers.On(side).GetProjectNames()
	if err != nil {
		return Rights{}, failure(what, err)
	}
	return Rights{Restricted: true, Projects: slices.Sorted(slices.Values(names))}, nil
}

// Space is how full a pool is, in bytes. Both are 0 where the server does not tell.
type Space struct{ Used, Total int64 }

// Space asks a server how full a pool is, in a cluster on one member.
func (p *Pair) Space(ctx context.Context, side plan.Side, pool, member string) (Space, error) {
	what := fmt.Sprintf("read how full pool %s on the %s is", pool, side)
	server := p.servers.On(side)
	if member != "" {
		what = fmt.Sprintf("read how full pool %s on the member %s of the %s is", pool, member, side)
		server = server.UseTarget(member)
	}
	if err := ctx.Err(); err != nil {
		return Space{}, failure(what, err)
	}
	found, err := server.GetStoragePoolResources(pool)
	if err != nil {
		return Space{}, failure(what, err)
	}
	return Space{Used: int64(found.Space.Used), Total: int64(found.Space.Total)}, nil
}

// Used returns how many bytes an object takes on a side, and 0 where the server does not tell: a btrfs pool does not before one of
// its volumes had a size, and then tells what is not shared with others, with its own snapshots too (seen on 6.0.4).
// Instances of the source are answered from the last Inventory.
func (p *Pair) Used(ctx context.Context, side plan.Side, ref plan.Ref) (int64, error) {
	what := fmt.Sprintf("read how large %s is", ref)
	if err := ctx.Err(); err != nil {
		return 0, failure(what, err)
	}
	c := p.in(side, ref.Project)
	if ref.Kind == plan.Instance {
		if side == plan.Source {
			return p.recall(ref).used, nil
		}
		instance, _, err := c.GetInstance(ref.Name)
		if err != nil {
			return 0, failure(what, err)
		}
		state, _, err := c.GetInstanceState(ref.Name)
		if err != nil {
			return 0, failure(what, err)
		}
		return usage(&api.InstanceFull{Instance: *instance, State: state}), nil
	}
	state, err := c.GetStoragePoolVolumeState(ref.Pool, "custom", ref.Name)
	switch {
	case answered(err): // not every driver can tell
		return 0, nil
	case err != nil:
		return 0, failure(what, err)
	case state.Usage == nil:
		return 0, nil
	}
	return int64(state.Usage.Used), nil
}

// usage is what an instance's root disk takes, as far as its server tells.
func usage(full *api.InstanceFull) int64 {
	root, _, ok := rootDisk(full.ExpandedDevices)
	if !ok || full.State == nil {
		return 0
	}
	return max(full.State.Disk[root].Usage, 0)
}

// answered reports whether an error is the answer of a server that could be asked.
func answered(err error) bool {
	var status api.StatusError
	return errors.As(err, &status)
}

// PinnedUntil returns when the pinned certificate of a server expires. The error is that of ReadPin.
func PinnedUntil(dir, hostURL string) (time.Time, error) {
	pin, err := ReadPin(dir, hostURL)
	if err != nil {
		return time.Time{}, err
	}
	cert, err := parsePEM(pin)
	if err != nil {
		return time.Time{}, err
	}
	return cert.NotAfter, nil
}

package remote

import (
	"context"
	"fmt"
	"strings"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// Revert puts an object on a side back to a snapshot of its own. The config comes back with it, but for IAB's marks: they say what the
// object is now, not what it was then. So does the mark of a stop, which is set anew on the source. A description, which snapshots of instances do
// not have (seen on 6.0.4), stays.
func (p *Pair) Revert(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string, running bool) error {
	what := fmt.Sprintf("put %s on the %s back to snapshot %s", ref, side, snapshot)
	c := p.in(side, ref.Project)
	c.listen()
	if ref.Kind == plan.Volume {
		return p.again(ctx, p.calmed(ctx, side, ref, ""), func(bool) error {
			if err := c.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, api.StorageVolumePut{Restore: snapshot}, ""); err != nil {
				return newerInTheWay(failure(what, err), side, ref, snapshot)
			}
			return nil
		})
	}
	var before *api.Instance // every try, since one may have put the config back
	err := p.again(ctx, nil, func(bool) (err error) {
		before, _, err = c.GetInstance(ref.Name)
		return err
	})
	if err != nil {
		return failure(what, err)
	}
	err = p.again(ctx, p.calmed(ctx, side, ref, ""), func(bool) error {
		op, err := c.UpdateInstance(ref.Name, api.InstancePut{Restore: snapshot}, "")
		return newerInTheWay(c.finish(ctx, what, op, err), side, ref, snapshot)
	})
	if err != nil {
		return err
	}
	err = p.again(ctx, nil, func(bool) error {
		return raced(ctx, func() error { return c.reverted(ctx, before, running && side == plan.Source) })
	})
	if err != nil {
		return failure(what, err)
	}
	return nil
}

// newerInTheWay adds to the error of a server whose pool can't go back behind newer snapshots (read in Incus of zfs, linstor and truenas) what
// can be done instead.
func newerInTheWay(err error, side plan.Side, ref plan.Ref, snapshot string) error {
	if err == nil || !strings.Contains(err.Error(), "cannot be restored due to subsequent") {
		return err
	}
	return &Error{Text: err.Error(), Err: err, Hint: fmt.Sprintf("make another one of that restore point, and use that: iab restore %s --to %s --at %s --as NAME", ref.Name, side, snapshot)}
}

// reverted gives an instance back what it had before and a snapshot does not have, and the mark of a stop if it has to run.
func (c *projectClient) reverted(ctx context.Context, before *api.Instance, running bool) error {
	after, etag, err := c.GetInstance(before.Name)
	if err != nil {
		return err
	}
	marks := marksOfNow(before.Config, after.Config)
	marks[plan.MarkStopped], marks[plan.MarkFrozen] = "", ""
	if running {
		marks[plan.MarkStopped] = c.pair.owner.Identity
	}
	marks = different(after.Config, marks)
	if len(marks) == 0 && after.Description == before.Description {
		return nil
	}
	after.Description = before.Description
	return c.change(ctx, after, marks, etag)
}

// marksOfNow are the changes that give an object the marks back that it had before its config became that of a snapshot. A snapshot that was
// taken while something was being made of the object says that no job takes it; nobody had asked for that.
func marksOfNow(before, after map[string]string) map[string]string {
	marks := map[string]string{}
	for key := range after {
		if isMark(key) {
			marks[key] = ""
		}
	}
	for key, value := range before {
		if isMark(key) {
			marks[key] = value
		}
	}
	if after[plan.MarkFetched] != "" || after[plan.MarkKept] != "" {
		marks[plan.MarkExclude] = before[plan.MarkExclude]
	}
	return marks
}

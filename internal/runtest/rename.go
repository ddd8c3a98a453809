package runtest

import (
	"context"
	"fmt"

	"iab/internal/plan"
)

// RenameReplica implements run.Servers.
func (w *World) RenameReplica(ctx context.Context, job plan.Job, from string, follows []string) error {
	old := job.Replica()
	old.Name = from
	return w.call(ctx, Call{"rename replica", plan.Target, old, job.Replica().Name}, func(s *server) error {
		held, exists := s.Holdings[old]
		now, taken := s.Holdings[job.Replica()]
		switch {
		case taken && (exists || !w.isReplica(now)):
			return fmt.Errorf("rename %s to %s: that name is taken", old, job.Replica().Name)
		case !taken && !w.isReplica(held):
			return fmt.Errorf("rename %s: it is no replica", old)
		case held.Running:
			return fmt.Errorf("rename %s: it is running", old)
		}
		for _, name := range follows {
			ref := old
			ref.Name = name
			h, there := s.Holdings[ref]
			of := h.Config[plan.MarkArchiveOf]
			switch {
			case !there:
			case h.Config[plan.MarkReplicaOf] != w.identity || of != old.String() && of != job.Replica().String():
				return fmt.Errorf("let %s follow: it does not belong to the replica", ref)
			default:
				s.mark(ref, map[string]string{plan.MarkArchiveOf: job.Replica().String()})
			}
		}
		if taken {
			return nil
		}
		_, err := s.renameObject(old, job.Replica().Name)
		return err
	})
}

// RenameObject gives an object another name, as a person would.
func (w *World) RenameObject(side plan.Side, ref plan.Ref, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.sides[side].renameObject(ref, name)
	return err
}

// isReplica reports whether an object is a replica of this config.
func (w *World) isReplica(h plan.Holding) bool {
	return h.Config[plan.MarkReplicaOf] == w.identity && h.Config[plan.MarkRole] == plan.RoleReplica
}

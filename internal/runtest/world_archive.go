package runtest

import (
	"context"
	"fmt"
	"maps"

	"iab/internal/plan"
)

// Archive implements run.Servers.
func (w *World) Archive(ctx context.Context, job plan.Job, action plan.Action) error {
	replica := job.Replica()
	ref := replica
	ref.Name = action.Archive
	return w.call(ctx, Call{"archive", plan.Target, ref, action.Snapshot}, func(s *server) error {
		marks := plan.ArchiveMarks(replica, plan.Snapshot{Name: action.Snapshot, CreatedAt: action.Created}, w.identity)
		if held, ok := s.Holdings[ref]; ok {
			if held.Config[plan.MarkArchiveOf] != marks[plan.MarkArchiveOf] || held.Config[plan.MarkSnapshot] != action.Snapshot {
				return fmt.Errorf("archive %s: it is something else", ref)
			}
			if held.Config[plan.MarkCreated] != "" {
				return nil
			}
		}
		content, ok := s.frozen[replica][action.Snapshot]
		if !ok {
			return fmt.Errorf("archive %s: the replica has no snapshot %s", ref, action.Snapshot)
		}
		s.Holdings[ref] = plan.Holding{Type: s.Holdings[replica].Type, Pool: s.Holdings[replica].Pool, Member: s.Holdings[replica].Member, Status: idle(ref), Config: marks}
		s.content[ref], s.frozen[ref] = content, map[string]string{}
		return nil
	})
}

// idle is the status of an object that does not run; volumes have none.
func idle(ref plan.Ref) string {
	if ref.Kind == plan.Volume {
		return ""
	}
	return "Stopped"
}

// SetAside implements run.Servers.
func (w *World) SetAside(ctx context.Context, job plan.Job, name string) error {
	replica := job.Replica()
	ref := replica
	ref.Name = name
	return w.call(ctx, Call{"set aside", plan.Target, replica, name}, func(s *server) error {
		held, exists := s.Holdings[replica]
		former, taken := s.Holdings[ref]
		_, of, ok := plan.AsideOf(ref, former, w.identity)
		switch {
		case taken && !exists && ok && of == replica.String():
			return nil
		case taken:
			return fmt.Errorf("set %s aside as %s: that name is taken", replica, name)
		case !exists:
			return fmt.Errorf("set %s aside: it does not exist", replica)
		case held.Running:
			return fmt.Errorf("set %s aside: it is running", replica)
		}
		held.Config = maps.Clone(held.Config)
		if held.Config == nil {
			held.Config = map[string]string{}
		}
		maps.Copy(held.Config, plan.AsideMarks(replica, w.identity))
		s.Holdings[ref], s.content[ref], s.frozen[ref] = held, s.content[replica], s.frozen[replica]
		s.remove(replica)
		return nil
	})
}

// remove takes an object away with all its data.
func (s *server) remove(ref plan.Ref) {
	delete(s.Holdings, ref)
	delete(s.content, ref)
	delete(s.frozen, ref)
}

// DeleteArchive implements run.Servers.
func (w *World) DeleteArchive(ctx context.Context, job plan.Job, archive string) error {
	ref := job.Replica()
	ref.Name = archive
	return w.call(ctx, Call{"delete archive", plan.Target, ref, ""}, func(s *server) error {
		held, ok := s.Holdings[ref]
		if !ok {
			return nil
		}
		if held.Config[plan.MarkArchiveOf] != job.Replica().String() {
			return fmt.Errorf("delete archive %s: it is none", ref)
		}
		if aside, _, ok := plan.AsideOf(ref, held, w.identity); ok && aside.Started {
			return fmt.Errorf("delete archive %s: it was started", ref)
		}
		s.remove(ref)
		return nil
	})
}

// DeleteUnfinished implements run.Servers.
func (w *World) DeleteUnfinished(ctx context.Context, job plan.Job) error {
	ref := job.Replica()
	return w.call(ctx, Call{"delete unfinished", plan.Target, ref, ""}, func(s *server) error {
		held, ok := s.Holdings[ref]
		if !ok {
			return nil
		}
		if w.goesOn(ref) {
			return fmt.Errorf("delete %s: another operation still works on it", ref)
		}
		if !held.Unfinished(w.identity) {
			return fmt.Errorf("delete %s: it was complete once, or is not ours", ref)
		}
		s.remove(ref)
		return nil
	})
}

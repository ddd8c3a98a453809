package runtest

import (
	"context"
	"fmt"

	"iab/internal/plan"
)

// Forget implements run.Servers.
func (w *World) Forget(ctx context.Context, removal plan.Removal) error {
	return w.call(ctx, Call{"forget", removal.Side, removal.Ref, ""}, func(s *server) error {
		h, ok := s.Holdings[removal.Ref]
		switch {
		case !ok:
			return nil
		case !removal.Removable(h.Config, w.identity):
			return fmt.Errorf("forget %s: it is something else", removal.Ref)
		case h.Running:
			return fmt.Errorf("forget %s: it is running", removal.Ref)
		case removal.Side == plan.Target && w.goesOn(removal.Ref):
			return fmt.Errorf("forget %s: another operation still works on it", removal.Ref)
		}
		s.remove(removal.Ref)
		return nil
	})
}

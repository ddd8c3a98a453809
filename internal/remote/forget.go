package remote

import (
	"context"
	"fmt"
	"net/http"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// Forget removes a whole object with all its snapshots, after looking once more at what it is and whether it works.
func (p *Pair) Forget(ctx context.Context, removal plan.Removal) error {
	return p.again(ctx, p.calmed(ctx, removal.Side, removal.Ref, ""), func(bool) error { return p.forget(ctx, removal) })
}

func (p *Pair) forget(ctx context.Context, removal plan.Removal) error {
	ref := removal.Ref
	what := fmt.Sprintf("forget %s on the %s", ref, removal.Side)
	c := p.in(removal.Side, ref.Project)
	config, err := c.configOf(ref)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return failure(what, err)
	}
	if !removal.Removable(config, p.owner.Identity) {
		return &Error{Text: what + ": its marks have changed meanwhile", Hint: "look again: iab forget REF --dry-run"}
	}
	if removal.Side == plan.Target {
		if err := p.idle(ref); err != nil {
			return failure(what, err)
		}
	}
	if ref.Kind == plan.Instance {
		// The server refuses to delete what runs.
		if err := c.mark(ctx, ref, map[string]string{protectionKey: ""}); err != nil {
			return failure(what, err)
		}
	}
	return p.removeOn(ctx, removal.Side, what, ref)
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"iab/internal/incusos"
)

func TestAnInterruptionAtTheQuestionIsNoConsent(t *testing.T) {
	silent, typing := io.Pipe() // nobody types
	defer typing.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var screen bytes.Buffer
	a := &app{stdio: Stdio{In: silent, Err: &screen}}
	m := &mission{order: incusos.Order{Verb: incusos.Restart, Part: "incus"}}
	m.before.Machine.Hostname = "node1"
	cancel()
	for _, yes := range []string{"", "node1"} {
		m.options.yes = yes
		var own *failure
		if err := a.consent(ctx, m); !errors.As(err, &own) || own.code != exitInterrupted {
			t.Errorf("with --yes %q: %v", yes, err)
		}
	}
	if err := a.consent(t.Context(), m); err != nil {
		t.Errorf("without an interruption: %v", err)
	}
}

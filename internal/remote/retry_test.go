package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"testing"

	"github.com/lxc/incus/v6/shared/api"
)

func TestOnlyFailuresThatMayPassAreTriedAgain(t *testing.T) {
	for err, want := range map[error]bool{
		errors.New("Rsync send failed: exit status 12: use of closed network connection"):          true,
		errors.New("Got error reading migration source: websocket: close 1006 (abnormal closure)"): true,
		fmt.Errorf("copy: %w", syscall.ECONNRESET):                                                 true,
		fmt.Errorf("copy: %w", io.ErrUnexpectedEOF):                                                true,
		api.StatusErrorf(http.StatusBadGateway, "Bad Gateway"):                                     true,
		errors.New("database is locked"):                                                           true,
		fmt.Errorf("copy: %w", syscall.ECONNREFUSED):                                               false,
		errors.New("dial tcp 192.0.2.1:8443: connect: connection refused"):                         false,
		errors.New("Failed to run: btrfs receive: broken pipe: cannot find parent subvolume"):      false,
		errors.New("write: broken pipe: No space left on device"):                                  false,
		errors.New("Instance is running"):                                                          false,
		fmt.Errorf("copy: %w", context.Canceled):                                                   false,
		fmt.Errorf("copy: %w", context.DeadlineExceeded):                                           false,
		api.StatusErrorf(http.StatusForbidden, "not authorized"):                                   false,
		errors.New("Volume exists in database but not on storage"):                                 false,
	} {
		if got := passing(err); got != want {
			t.Errorf("passing(%v) is %v", err, got)
		}
	}
}

func TestACopyIsTriedAgainAndItsOwnFailureIsTheAnswer(t *testing.T) {
	passes := errors.New("unexpected EOF")
	for name, c := range map[string]struct {
		outcomes         []error
		prepared         error
		tries, preparing int
		want             error
	}{
		"works at once":        {[]error{nil}, nil, 1, 0, nil},
		"works at the second":  {[]error{passes, nil}, nil, 2, 1, nil},
		"stays":                {[]error{passes, passes, passes, passes}, nil, copyTries, copyTries - 1, passes},
		"can't be prepared":    {[]error{passes, nil}, errors.New("busy"), 1, 1, passes},
		"is none that passes":  {[]error{errPermanent, nil}, nil, 1, 0, errPermanent},
		"turns into a lasting": {[]error{passes, errPermanent, nil}, nil, 2, 1, errPermanent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries, preparing := 0, 0
			err := retried(t.Context(),
				func() error { tries++; return c.outcomes[tries-1] },
				func() error { preparing++; return c.prepared })
			if !errors.Is(err, c.want) || tries != c.tries || preparing != c.preparing {
				t.Errorf("%v after %d tries and %d preparations, want %v after %d and %d", err, tries, preparing, c.want, c.tries, c.preparing)
			}
		})
	}
}

var errPermanent = errors.New("instance is running")

func TestAnInterruptionEndsTheTries(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	err := retried(ctx, func() error { tries++; cancel(); return errors.New("unexpected EOF") }, func() error { return nil })
	if err == nil || tries != 1 {
		t.Errorf("%v after %d tries", err, tries)
	}
}

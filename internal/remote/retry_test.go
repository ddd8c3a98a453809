package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"
)

func TestOnlyFailuresThatMayPassAreTriedAgain(t *testing.T) {
	for err, want := range map[error]bool{
		errors.New("Rsync send failed: exit status 12: use of closed network connection"):                   true,
		errors.New("Got error reading migration source: websocket: close 1006 (abnormal closure)"):          true,
		errors.New("local error: tls: bad record MAC"):                                                      true,
		fmt.Errorf("copy: %w", syscall.ECONNRESET):                                                          true,
		fmt.Errorf("copy: %w", syscall.ETIMEDOUT):                                                           true,
		fmt.Errorf("copy: %w", io.EOF):                                                                      true,
		fmt.Errorf("copy: %w", io.ErrUnexpectedEOF):                                                         true,
		&net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}:                                   true,
		&Error{Text: "copy", Err: io.EOF}:                                                                   true,
		&stalled{limit: time.Minute, over: true}:                                                            true,
		api.StatusErrorf(http.StatusBadGateway, "Bad Gateway"):                                              true,
		errors.New("database is locked"):                                                                    true,
		errors.New(`Instance is busy running a "migrate" operation`):                                        true,
		errors.New("Invalid PID '\ufffd'"):                                                                  true,
		errors.New("Failed waiting for migration control connection on target: context deadline exceeded"):  true,
		errors.New(`Failed waiting for migration "control" connection on target: websocket: bad handshake`): true,
		fmt.Errorf("copy: %w", syscall.ECONNREFUSED):                                                        false,
		errors.New("dial tcp 192.0.2.1:8443: connect: connection refused"):                                  false,
		errors.New("Failed to run: btrfs receive: broken pipe: cannot find parent subvolume"):               false,
		errors.New("write: broken pipe: No space left on device"):                                           false,
		errors.New("write: broken pipe: Disk quota exceeded"):                                               false,
		errors.New("Instance is running"):                                                                   false,
		fmt.Errorf("copy: %w", context.Canceled):                                                            false,
		fmt.Errorf("copy: %w", context.DeadlineExceeded):                                                    false,
		api.StatusErrorf(http.StatusForbidden, "not authorized"):                                            false,
		errors.New("Volume exists in database but not on storage"):                                          false,
		&stalled{limit: time.Minute}:                                                                        false,
		&tried{io.EOF, 3}:                                                                                   false,
	} {
		if got := passing(err); got != want {
			t.Errorf("passing(%v) is %v", err, got)
		}
	}
}

// patient is a pair without servers that tries everything three times.
func patient() *Pair {
	p := NewPair(nil, nil, Owner{}, Patience{Retries: 2})
	p.pace = hurry
	return p
}

var errLasting = errors.New("instance is running")

func TestTriesEndWithSuccessOrALastingFailureOrTheirNumber(t *testing.T) {
	passes := errors.New("unexpected EOF")
	for name, c := range map[string]struct {
		outcomes         []error
		prepared         error
		tries, preparing int
		want             error
		says             string
	}{
		"works at once":        {[]error{nil}, nil, 1, 0, nil, ""},
		"works at the second":  {[]error{passes, nil}, nil, 2, 1, nil, ""},
		"stays":                {[]error{passes, passes, passes, passes}, nil, 3, 2, passes, "unexpected EOF; tried 3 times"},
		"can't be prepared":    {[]error{passes, nil}, errBusy, 1, 1, passes, "unexpected EOF"},
		"is none that passes":  {[]error{errLasting, nil}, nil, 1, 0, errLasting, "instance is running"},
		"turns into a lasting": {[]error{passes, errLasting, nil}, nil, 2, 1, errLasting, "instance is running; tried 2 times"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries, preparing := 0, 0
			err := patient().again(t.Context(), func() error { preparing++; return c.prepared }, func(repeated bool) error {
				tries++
				if repeated != (tries > 1) {
					t.Errorf("try %d is told that it is repeated: %t", tries, repeated)
				}
				return c.outcomes[tries-1]
			})
			if !errors.Is(err, c.want) || tries != c.tries || preparing != c.preparing || err != nil && err.Error() != c.says {
				t.Errorf("%v after %d tries and %d preparations, want %v after %d and %d", err, tries, preparing, c.want, c.tries, c.preparing)
			}
		})
	}
}

func TestAnInterruptionEndsThePauseBetweenTries(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := patient()
	p.pace.pause = time.Hour
	tries := 0
	err := p.again(ctx, nil, func(bool) error { tries++; cancel(); return errors.New("unexpected EOF") })
	if !errors.Is(err, context.Canceled) || tries != 1 {
		t.Errorf("%v after %d tries", err, tries)
	}
}

func TestALengthOfTimeIsToldWithoutItsZeros(t *testing.T) {
	for text, want := range map[string]string{"30m": "30m", "2h": "2h", "90m": "1h30m", "2s": "2s", "1h0m5s": "1h0m5s", "10s": "10s", "100m": "1h40m"} {
		length, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := tell(length); got != want {
			t.Errorf("%s is told as %s, want %s", text, got, want)
		}
	}
}

package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/gofrs/flock"

	"iab/internal/check"
	"iab/internal/config"
	"iab/internal/guest"
	"iab/internal/guesttest"
	"iab/internal/ostest"
	"iab/internal/plan"
	"iab/internal/remote"
	"iab/internal/runtest"
)

// noon is the moment at which every session starts.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// guestSocket is where the guest API listens, if IAB runs in an instance.
const guestSocket = "guest.sock"

// identity is the uuid of the configs of the sessions.
const identity = "11111111-aaaa-4bbb-8ccc-222222222222"

// stage is all that a session can see: a directory, a clock, an environment, two servers and a notification service.
type stage struct {
	t       *testing.T
	now     time.Time
	local   *time.Location
	env     map[string]string
	stdin   string
	world   *runtest.World
	shown   int // calls to the servers that the session has seen
	dialErr error
	onboard map[plan.Side]answer
	rights  map[plan.Side]remote.Rights
	spaces  map[string]remote.Space // of the target's pools
	used    map[plan.Ref]int64
	lost    plan.Sides[error] // why check can't reach a side
	slow    time.Duration     // how long every copy takes, in sessions of one object at a time
	scopes  []plan.Scope      // what was read that the session has not been shown
	pools   int               // how often a pool was read for itself meanwhile
	cancel  string            // verb at whose first call the user presses Ctrl-C
	hooks   *httptest.Server
	// fingerprint is that of IAB's certificate, if there is one.
	fingerprint string
	locked      *flock.Flock

	guest     *guesttest.Server       // where IAB runs; nil: in no instance
	container string                  // name of the container that IAB runs in, as the machine's
	hosts     map[string]*ostest.Host // by the word that stands for their addresses in a session
	left      func()                  // ends the copy that an earlier run has left, while it is waited for

	mu   sync.Mutex
	told []string // requests to the notification service
}

// answer is how a server reacts to onboarding.
type answer struct {
	result remote.Result
	err    error
}

func newStage(t *testing.T) *stage {
	t.Chdir(t.TempDir())
	s := &stage{t: t, now: noon, local: time.UTC, env: map[string]string{}, world: runtest.NewWorld(noon, identity)}
	s.hooks = httptest.NewServer(http.HandlerFunc(s.hear))
	t.Cleanup(s.hooks.Close)
	s.write("creds/iab_client.crt", "")
	return s
}

func (s *stage) hear(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.Contains(body, []byte("SECRET")) {
		s.t.Errorf("a notification holds a secret: %s", body)
	}
	s.told = append(s.told, fmt.Sprintf("%s %s\n%s", r.Method, r.URL.Path, body))
	if strings.Contains(r.URL.Path, "broken") {
		w.WriteHeader(http.StatusNotFound)
	}
}

// write makes a file; HOOKS in it is the address of the notification service.
func (s *stage) write(name, content string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		s.t.Fatal(err)
	}
	content = strings.ReplaceAll(content, "http://HOOKS", s.hooks.URL)
	content = s.hostsIn(content)
	if err := os.WriteFile(name, []byte(strings.TrimSuffix(content, "\n\n")), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

var uuids = regexp.MustCompile(`"uuid": "[0-9a-f-]{36}"`)

// play carries out one command and returns what a session shows of it.
func (s *stage) play(command string) string {
	s.t.Helper()
	args := words(s.t, s.hostsIn(command))
	text := ""
	if args[0] == "iab" {
		text = s.iab(args[1:])
	} else {
		text = s.prop(args[0], append(args[1:], "", ""))
	}
	text = strings.ReplaceAll(text, s.hooks.URL, "http://HOOKS")
	if s.fingerprint != "" {
		text = strings.ReplaceAll(text, s.fingerprint[:12], "FINGERPRINT")
	}
	text = s.hostsOut(text)
	return uuids.ReplaceAllString(text, `"uuid": "UUID"`)
}

func (s *stage) iab(args []string) string {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	if s.cancel == "at once" {
		cancel()
	}
	s.world.OnCall(func(c runtest.Call) {
		if c.Verb == "copy" && s.slow > 0 {
			s.now = s.now.Add(s.slow)
			s.world.Advance(s.slow)
		}
		if s.lost.On(c.Side) != nil {
			s.t.Errorf("iab %s works on the %s, which is out of reach: %v", strings.Join(args, " "), c.Side, c)
		}
		if c.Verb == s.cancel {
			cancel()
		} else if c.Verb == "settle" && s.left != nil {
			s.left()
		}
	})
	var out, err bytes.Buffer
	a := s.app(&out, &err)
	code := a.main(ctx, args)
	s.stdin = ""
	text := screen(&out, &err, code)
	if strings.Contains(text, "SECRET") {
		s.t.Errorf("iab %s prints a secret:\n%s", strings.Join(args, " "), text)
	}
	return text
}

func (s *stage) app(out, err io.Writer) *app {
	return &app{
		stdio:  Stdio{In: strings.NewReader(s.stdin), Out: out, Err: err},
		now:    func() time.Time { return s.now },
		local:  s.local,
		getenv: func(key string) string { return s.env[key] },
		build:  "1.2.3",
		look:   time.Millisecond,
		dial: func(context.Context, config.Config) (servers, error) {
			return pair{s.world}, s.dialErr
		},
		reach: func(context.Context, config.Config, remote.Credentials) (examined, plan.Sides[error]) {
			return examinedWorld{pair{s.world}, s}, s.lost
		},
		introduce: func(_ context.Context, r remote.Request) (remote.Result, error) {
			a := s.onboard[r.Side]
			return a.result, a.err
		},
		socket:    guestSocket,
		pauses:    guest.Pauses{First: time.Millisecond, Longest: time.Millisecond},
		container: func() bool { return s.container != "" },
		hostname:  func() (string, error) { return s.container, nil },
	}
}

// pair is a world that can be closed.
type pair struct{ *runtest.World }

func (pair) Close() {}

// examinedWorld is a world that tells check what it asks, as far as it can be reached.
type examinedWorld struct {
	pair
	s *stage
}

func (w examinedWorld) Inventory(ctx context.Context, scope plan.Scope) (plan.Inventory, error) {
	w.s.scopes = append(w.s.scopes, scope)
	inv, err := w.pair.Inventory(ctx, scope)
	for _, side := range plan.BothSides {
		if w.s.lost.On(side) != nil {
			inv.Set(side, plan.Server{})
		}
	}
	return inv, err
}

func (w examinedWorld) Pool(ctx context.Context, side plan.Side, name string) (pool plan.Pool, ok bool, err error) {
	w.s.pools++ // one at a time
	return w.pair.Pool(ctx, side, name)
}

func (w examinedWorld) Rights(_ context.Context, side plan.Side, _ string) (remote.Rights, error) {
	return w.s.rights[side], nil
}

func (w examinedWorld) Space(_ context.Context, _ plan.Side, pool, member string) (remote.Space, error) {
	return w.s.spaces[check.PoolOn(pool, member)], nil
}

func (w examinedWorld) Used(_ context.Context, _ plan.Side, ref plan.Ref) (int64, error) {
	return w.s.used[ref], nil
}

// prop carries out a command of the stage itself.
func (s *stage) prop(verb string, args []string) string {
	s.t.Helper()
	var err error
	switch verb {
	case "env":
		key, value, _ := strings.Cut(args[0], "=")
		s.env[key] = value
	case "stdin":
		s.stdin = strings.ReplaceAll(args[0], `\n`, "\n")
	case "zone":
		s.local, err = time.LoadLocation(args[0])
	case "servers":
		scene(args[0])(s)
	case "advance":
		var d time.Duration
		d, err = time.ParseDuration(args[0])
		s.now = s.now.Add(d)
		s.world.Advance(d)
	case "interrupt":
		s.cancel = strings.Join(strings.Fields(strings.Join(args, " ")), " ")
	case "changes":
		return s.changes()
	case "reads":
		return s.reads()
	case "requests":
		return s.requests()
	case "lock":
		s.locked = flock.New("creds/iab.lock")
		var held bool
		if held, err = s.locked.TryLock(); err == nil && !held {
			err = errors.New("a run holds it that has ended")
		}
	case "key":
		s.guest.Set(args[0], args[1])
	case "key-from":
		var data []byte
		data, err = os.ReadFile(args[1])
		s.guest.Set(args[0], string(data))
	case "states":
		return s.states()
	case "unlock":
		err = s.locked.Unlock()
	case "orders":
		return s.orders(args[0])
	case "damage":
		err = damage(args[0])
	case "ls":
		return listing(args[0])
	case "cat":
		data, _ := os.ReadFile(args[0]) // a missing file shows as nothing
		if text := string(data); text == "" || strings.HasSuffix(text, "\n") {
			return text
		}
		return string(data) + "\n(no newline)\n"
	case "rm":
		err = os.RemoveAll(args[0])
	case "mkdir":
		err = os.MkdirAll(args[0], 0o700)
	case "mv":
		err = os.Rename(args[0], args[1])
	default:
		s.t.Fatalf("the stage has no command %s", verb)
	}
	if err != nil {
		s.t.Fatalf("%s: %v", verb, err)
	}
	return ""
}

// changes lists the calls that changed the servers since the last time.
func (s *stage) changes() string {
	var b strings.Builder
	calls := s.world.Calls()
	for _, c := range calls[min(s.shown, len(calls)):] {
		fmt.Fprintf(&b, "%s %s on the %s: %s\n", c.Verb, cmp.Or(c.Snapshot, "-"), c.Side, c.Ref)
	}
	s.shown = len(calls)
	return cmp.Or(b.String(), "nothing was changed\n")
}

// reads lists how much was read of both servers since the last time.
func (s *stage) reads() string {
	var b strings.Builder
	for _, scope := range s.scopes {
		much := map[bool]string{true: "read in brief", false: "read all"}[scope.Brief]
		if scope.Unconnected {
			much += ", no networks"
		}
		if scope.Unattached {
			much += ", no volumes"
		}
		fmt.Fprintln(&b, much)
	}
	if s.pools > 0 {
		fmt.Fprintf(&b, "pools read for themselves: %d\n", s.pools)
	}
	s.scopes, s.pools = nil, 0
	return cmp.Or(b.String(), "nothing was read\n")
}

// states lists the states that the guest API was told since the server has started.
func (s *stage) states() string {
	states, _ := s.guest.States()
	return cmp.Or(strings.Join(states, ", "), "nothing was reported") + "\n"
}

// requests lists what the notification service was told since the last time.
func (s *stage) requests() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	// Both services are told at the same time.
	slices.SortStableFunc(s.told, func(a, b string) int { return cmp.Compare(service(a), service(b)) })
	for _, request := range s.told {
		b.WriteString(strings.TrimSuffix(request, "\n") + "\n")
	}
	s.told = nil
	return cmp.Or(b.String(), "nobody was told anything\n")
}

// service is the first part of the path of a request.
func service(request string) string { return strings.Split(request, "/")[1] }

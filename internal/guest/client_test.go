package guest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/guest"
	"iab/internal/guesttest"
)

// inside starts a guest API and returns it with a client.
func inside(t *testing.T) (*guesttest.Server, *guest.Client) {
	t.Helper()
	path := socket(t)
	return guesttest.Serve(t, path), guest.New(path)
}

// socket is a path that is short enough for a socket.
func socket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "g") //nolint:usetesting // that of the test is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "sock")
}

func TestAnInstanceReadsItself(t *testing.T) {
	server, client := inside(t)
	server.Set("user.a", "one\ntwo")
	server.Set("cloud-init.user-data", "#cloud-config")
	server.Set("user.meta-data", "instance-id: stolen\nlocal-hostname: other")
	ctx := t.Context()

	info, err := client.Info(ctx)
	want := guest.Info{APIs: []string{"/1.0"}, APIVersion: "1.0", Location: "host1", InstanceType: "container", State: guest.Started,
		InstanceID: server.InstanceID, Name: "runner"}
	if diff := cmp.Diff(want, info); diff != "" || err != nil {
		t.Errorf("info (-want +got): %v\n%s", err, diff)
	}
	keys, err := client.Keys(ctx)
	if diff := cmp.Diff([]string{"cloud-init.user-data", "user.a", "user.meta-data"}, keys.Keys); diff != "" || err != nil {
		t.Errorf("keys (-want +got): %v\n%s", err, diff)
	}
	if value, err := client.Value(ctx, "user.a"); value != "one\ntwo" || err != nil {
		t.Errorf("user.a is %q, %v", value, err)
	}
	devices, err := client.Devices(ctx)
	if diff := cmp.Diff(server.Devices, devices.Devices); diff != "" || err != nil {
		t.Errorf("devices (-want +got): %v\n%s", err, diff)
	}
	if m, err := client.Metadata(ctx); err != nil || m.InstanceID != server.InstanceID || m.Name != "runner" || !strings.HasSuffix(m.Text, "other") {
		t.Errorf("the meta-data is %+v, %v", m, err)
	}
	for _, state := range []guest.State{guest.Ready, guest.Started, guest.Ready} {
		if err := client.SetState(ctx, state); err != nil {
			t.Error(err)
		}
	}
	if states, ready := server.States(); !ready || fmt.Sprint(states) != "[Ready Started Ready]" {
		t.Errorf("the states %v were reported, and it is ready: %t", states, ready)
	}
}

func TestEveryObstacleIsASentenceWithAHint(t *testing.T) {
	read := func(ctx context.Context, c *guest.Client) error {
		_, err := c.Value(ctx, "user.a")
		return err
	}
	for name, c := range map[string]struct {
		prepare func(s *guesttest.Server)
		ask     func(context.Context, *guest.Client) error
		kind    guest.Kind
		text    string
	}{
		"no socket": {func(s *guesttest.Server) { s.Stop() }, read, guest.Outside, "read the config key user.a: there is no SOCKET"},
		"no socket, events": {func(s *guesttest.Server) { s.Stop() }, func(ctx context.Context, c *guest.Client) error { return c.Events(ctx, nil, nil) },
			guest.Outside, "listen to the events of this instance: there is no SOCKET"},
		"not root": {func(s *guesttest.Server) { s.NotRoot = true }, read, guest.NotRoot, "read the config key user.a: the guest API answers root only"},
		"not root, events": {func(s *guesttest.Server) { s.NotRoot = true }, func(ctx context.Context, c *guest.Client) error { return c.Events(ctx, nil, nil) },
			guest.NotRoot, "listen to the events of this instance: the guest API answers root only"},
		"off": {func(s *guesttest.Server) { s.Off = true }, func(ctx context.Context, c *guest.Client) error { return c.SetState(ctx, guest.Ready) },
			guest.Off, "report the state Ready: the guest API is switched off for this instance"},
		"no key": {nil, read, guest.Missing, "read the config key user.a: it is not set"},
		"hidden key": {nil, func(ctx context.Context, c *guest.Client) error {
			_, err := c.Value(ctx, "limits.cpu")
			return err
		}, guest.Malformed, "read the config key limits.cpu: an instance can't see it"},
	} {
		t.Run(name, func(t *testing.T) {
			path := socket(t)
			server := guesttest.Serve(t, path)
			if c.prepare != nil {
				c.prepare(server)
			}
			err := c.ask(t.Context(), guest.New(path))
			var own *guest.Error
			if !errors.As(err, &own) || own.Kind != c.kind || strings.ReplaceAll(own.Text, path, "SOCKET") != c.text || own.Advice() == "" {
				t.Errorf("the error is %#v, want the kind %d and %q", err, c.kind, c.text)
			}
		})
	}
}

func TestASocketThatNobodyListensAtIsNotTakenForNone(t *testing.T) {
	path := socket(t)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	listener.Close()
	if _, err := guest.New(path).Info(t.Context()); !guest.Is(err, guest.Unreachable) {
		t.Errorf("the error is %v", err)
	}
}

func TestAnswersThatAreNoneAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   guest.Kind
	}{
		"a page":       {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, guest.Malformed},
		"another list": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `["/2.0/x"]`) }, guest.Malformed},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `["/1.0/config/user.a"`)
		}, guest.Unreachable},
		"too much": {func(w http.ResponseWriter, _ *http.Request) {
			for block := make([]byte, 1<<20); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, guest.Malformed},
		"a failure": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "pid not in container?", http.StatusInternalServerError)
		}, guest.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			path := socket(t)
			listener, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			server := &http.Server{Handler: c.answer}
			go server.Serve(listener)
			t.Cleanup(func() { server.Close() })
			if keys, err := guest.New(path).Keys(t.Context()); !guest.Is(err, c.kind) {
				t.Errorf("the keys are %v and the error is %v, want the kind %d", keys, err, c.kind)
			}
		})
	}
}

func TestAServerThatStumblesOverAnotherContainerIsAskedAgain(t *testing.T) {
	server, client := inside(t)
	server.Stumble(2)
	if _, err := client.Metadata(t.Context()); err != nil {
		t.Errorf("a read: %v", err)
	}
	server.Stumble(1)
	ended := make(chan error, 1)
	go func() { ended <- client.Events(t.Context(), nil, func(guest.Event) error { return errEnough }) }()
	await(t, "somebody listens", func() bool { return server.Listeners() == 1 })
	server.Set("user.a", "1")
	if err := <-ended; !errors.Is(err, errEnough) {
		t.Errorf("events: %v", err)
	}
}

func TestAnInterruptedRequestEnds(t *testing.T) {
	path := socket(t)
	listener, err := net.Listen("unix", path) // nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if conn, err := listener.Accept(); err == nil {
			cancel()
			<-t.Context().Done()
			conn.Close()
		}
	}()
	if _, err := guest.New(path).Info(ctx); !guest.Is(err, guest.Interrupted) || !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

//go:build e2e

package remote

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// newToken makes a trust token on a daemon.
func newToken(t *testing.T, d *lab.Daemon, projects ...string) string {
	t.Helper()
	token, err := d.Token(t.Context(), "iab", projects...)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func onboardAt(t *testing.T, d *lab.Daemon, dir, token string) (Result, error) {
	t.Helper()
	return Onboard(t.Context(), Request{Side: plan.Source, URL: d.URL(), Token: token, CredDir: dir, Now: time.Now()})
}

func mustOnboard(t *testing.T, d *lab.Daemon, dir, token string) Result {
	t.Helper()
	r, err := onboardAt(t, d, dir, token)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func connectWith(t *testing.T, d *lab.Daemon, dir string) error {
	t.Helper()
	creds, err := LoadCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	client, err := Connect(t.Context(), plan.Source, d.URL(), creds, time.Now)
	if err == nil {
		client.Disconnect()
	}
	return err
}

// serverSetting sets a key of a daemon's config until the test ends.
func serverSetting(t *testing.T, d *lab.Daemon, key, value string) {
	t.Helper()
	set := func(value string) {
		server, etag, err := d.Client().GetServer()
		if err != nil {
			t.Fatal(err)
		}
		put := server.Writable()
		put.Config[key] = value
		if err := d.Client().UpdateServer(put, etag); err != nil {
			t.Fatal(err)
		}
	}
	set(value)
	t.Cleanup(func() { set("") })
}

func TestTrustWithRealServers(t *testing.T) {
	l := lab.New(t, lab.Options{})
	source, target := l.Source(), l.Target()
	if err := source.CreateProject("web"); err != nil {
		t.Fatal(err)
	}

	t.Run("a new server, and once more", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "cred")
		token := newToken(t, source)
		begin := time.Now()
		first := mustOnboard(t, source, dir, token)
		t.Logf("onboarded within %v: %+v", time.Since(begin), first)
		if first.Already || first.Restricted || first.ServerVersion == "" || first.ServerName == "" || !slices.Contains(first.Projects, "web") {
			t.Errorf("the first time: %+v", first)
		}
		for name, token := range map[string]string{"the used token": token, "no token": "", "another token": newToken(t, source)} {
			if again := mustOnboard(t, source, dir, token); !again.Already || again.Replaced != "" || again.Fingerprint != first.Fingerprint {
				t.Errorf("again with %s: %+v", name, again)
			}
		}
		if entries, err := source.Client().GetCertificates(); err != nil || len(entries) != 1 {
			t.Errorf("the server knows %d clients: %v", len(entries), err)
		}
	})

	t.Run("requests, events and an ended context", func(t *testing.T) {
		dir := t.TempDir()
		mustOnboard(t, target, dir, newToken(t, target))
		creds, err := LoadCredentials(dir)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		client, err := Connect(ctx, plan.Target, target.URL(), creds, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		events, err := client.GetEvents()
		if err != nil {
			t.Fatal(err)
		}
		defer events.Disconnect()
		seen := make(chan api.Event, 10)
		if _, err := events.AddHandler([]string{"lifecycle"}, func(e api.Event) { seen <- e }); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		for range 100 {
			if _, _, err := client.GetServer(); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("100 requests on one connection: %v", time.Since(begin))
		if err := client.CreateProfile(api.ProfilesPost{Name: "seen"}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-seen:
		case <-time.After(20 * time.Second):
			t.Error("no event came")
		}
	})

	t.Run("a used token", func(t *testing.T) {
		token := newToken(t, source)
		mustOnboard(t, source, t.TempDir(), token)
		_, err := onboardAt(t, source, t.TempDir(), token)
		wantError(t, err, TokenRejected, source.URL())
	})

	t.Run("an expired token", func(t *testing.T) {
		serverSetting(t, source, "core.remote_token_expiry", "1S")
		token := newToken(t, source)
		parsed, err := parseToken(token)
		if err != nil || parsed.expires.IsZero() {
			t.Fatalf("the token expires at %v: %v", parsed.expires, err)
		}
		<-time.After(time.Until(parsed.expires))
		_, err = onboardAt(t, source, t.TempDir(), token)
		wantError(t, err, TokenExpired, source.URL(), "expired on")
		// With a clock that is behind, only the server notices.
		_, err = Onboard(t.Context(), Request{Side: plan.Source, URL: source.URL(), Token: token, CredDir: t.TempDir(), Now: time.Now().Add(-time.Hour)})
		wantError(t, err, TokenExpired, source.URL())
		if strings.Contains(err.Error(), "expired on") {
			t.Errorf("%v: it was not the server that noticed", err)
		}
	})

	t.Run("a token of the other server", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "cred")
		_, err := onboardAt(t, source, dir, newToken(t, target))
		wantError(t, err, TokenForeign, source.URL())
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("something was written: %v", err)
		}
	})

	t.Run("a restricted token", func(t *testing.T) {
		dir := t.TempDir()
		got := mustOnboard(t, source, dir, newToken(t, source, "web"))
		if !got.Restricted || !slices.Equal(got.Projects, []string{"web"}) {
			t.Errorf("got %+v", got)
		}
		if err := connectWith(t, source, dir); err != nil {
			t.Error(err)
		}
	})

	t.Run("trust that was removed", func(t *testing.T) {
		dir := t.TempDir()
		mustOnboard(t, source, dir, newToken(t, source))
		creds, err := LoadCredentials(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := source.Client().DeleteCertificate(creds.Fingerprint()); err != nil {
			t.Fatal(err)
		}
		wantError(t, connectWith(t, source, dir), Untrusted, source.URL(), creds.Fingerprint()[:12])
		_, err = onboardAt(t, source, dir, "")
		wantError(t, err, Untrusted, source.URL())
		if again := mustOnboard(t, source, dir, newToken(t, source)); again.Already {
			t.Errorf("got %+v", again)
		}
	})

	t.Run("a server that is down, and comes back with another certificate", func(t *testing.T) {
		dir := t.TempDir()
		before := mustOnboard(t, target, dir, newToken(t, target))
		if err := target.Stop(); err != nil {
			t.Fatal(err)
		}
		wantError(t, connectWith(t, target, dir), Unreachable, target.URL(), "nothing listens there")
		_, err := onboardAt(t, target, dir, "")
		wantError(t, err, Unreachable, target.URL())

		gone := errors.Join(os.Remove(filepath.Join(target.Dir, "server.crt")), os.Remove(filepath.Join(target.Dir, "server.key")))
		if err := errors.Join(gone, target.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
		wantError(t, connectWith(t, target, dir), PinMismatch, target.URL(), before.Fingerprint[:12])
		_, err = onboardAt(t, target, dir, "")
		wantError(t, err, PinMismatch, before.Fingerprint[:12])
		after := mustOnboard(t, target, dir, newToken(t, target))
		if !after.Already || after.Replaced != before.Fingerprint || after.Fingerprint == before.Fingerprint {
			t.Errorf("got %+v", after)
		}
		if err := connectWith(t, target, dir); err != nil {
			t.Error(err)
		}
	})
}

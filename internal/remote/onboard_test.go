package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/plan"
)

func request(f *fakeServer, dir, token string) Request {
	return Request{Side: plan.Source, URL: f.URL, Token: token, CredDir: dir, Now: march}
}

// filesBelow lists a directory and all below it.
func filesBelow(dir string) []string {
	var list []string
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			list = append(list, strings.TrimPrefix(path, dir+"/"))
		}
		return nil
	})
	return list
}

func TestOnboardRegistersAndPinsAndTwiceIsHarmless(t *testing.T) {
	f := newFakeServer(t)
	dir := filepath.Join(t.TempDir(), "cred")
	want := Result{ServerName: "fake", ServerVersion: "6.0.4", Fingerprint: f.fingerprint(), Projects: []string{"default", "web"}}
	got, err := Onboard(t.Context(), request(f, dir, f.token(march.Add(time.Hour))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the first time (-want +got):\n%s", diff)
	}
	creds, err := LoadCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Connect(t.Context(), plan.Source, f.URL, creds, time.Now); err != nil {
		t.Fatal(err)
	}
	want.Already = true
	unused := f.token(march.Add(-time.Hour))
	for name, token := range map[string]string{"an unused, expired token": unused, "no token": ""} {
		got, err = Onboard(t.Context(), request(f, dir, token))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("again with %s (-want +got):\n%s", name, diff)
		}
	}
	if !f.tokens[unused] {
		t.Error("a token was used up without need")
	}
	if after, err := LoadCredentials(dir); err != nil || after.KeyPEM != creds.KeyPEM || len(filesBelow(dir)) != 3 {
		t.Errorf("the directory holds %q: %v", filesBelow(dir), err)
	}
}

func TestOnboardAtAServerThatTheTokenDoesNotNameWritesAndTellsNothing(t *testing.T) {
	f, other := newFakeServer(t), newFakeServer(t)
	dir := filepath.Join(t.TempDir(), "cred")
	_, err := Onboard(t.Context(), request(f, dir, other.token(time.Time{})))
	wantError(t, err, TokenForeign, f.URL, other.fingerprint()[:12], f.fingerprint()[:12])
	if seen := f.seen(); len(seen) > 0 || len(filesBelow(dir)) > 0 {
		t.Errorf("requests %q, files %q", seen, filesBelow(dir))
	}
	pinTo(t, dir, f.URL, other.certPEM)
	_, err = Onboard(t.Context(), request(f, dir, other.token(time.Time{})))
	wantError(t, err, TokenForeign)
	if pin, err := ReadPin(dir, f.URL); err != nil || pin != other.certPEM || len(filesBelow(dir)) != 1 {
		t.Errorf("the pin was changed: %v", err)
	}
}

func TestOnboardReplacesAPinOnlyIfTheTokenNamesTheNewCertificate(t *testing.T) {
	f, old := newFakeServer(t), newFakeServer(t)
	creds := f.pinned(t, march)
	pinTo(t, creds.Dir, f.URL, old.certPEM)
	_, err := Onboard(t.Context(), request(f, creds.Dir, ""))
	wantError(t, err, PinMismatch, old.fingerprint()[:12], f.fingerprint()[:12])
	got, err := Onboard(t.Context(), request(f, creds.Dir, f.token(time.Time{})))
	if err != nil || !got.Already || got.Replaced != old.fingerprint() {
		t.Errorf("got %+v: %v", got, err)
	}
	if pin, err := ReadPin(creds.Dir, f.URL); err != nil || pin != f.certPEM {
		t.Errorf("the new certificate is not pinned: %v", err)
	}
}

func TestOnboardKeepsThePinOfTheOlderToolForOtherPorts(t *testing.T) {
	f := newFakeServer(t)
	creds := mustEnsure(t, t.TempDir(), march)
	f.known[creds.Fingerprint()] = true
	old := filepath.Join(creds.Dir, "servers", "127.0.0.1.pem")
	mustWrite(t, old, f.certPEM, 0o600)
	got, err := Onboard(t.Context(), request(f, creds.Dir, ""))
	if err != nil || !got.Already || got.Replaced != "" {
		t.Fatalf("got %+v: %v", got, err)
	}
	own, err := PinPath(creds.Dir, f.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(own); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(old); err != nil || string(data) != f.certPEM {
		t.Errorf("the old file was touched: %v", err)
	}
}

func TestOnboardSaysWhatIsWrongWithTheToken(t *testing.T) {
	f := newFakeServer(t)
	used := tokenFor(f.fingerprint(), secretText, time.Time{})
	for name, c := range map[string]struct {
		token string
		kind  Kind
		part  string
	}{
		"missing":           {"", TokenMissing, "no trust token is given"},
		"blank":             {" \n", TokenMissing, "no trust token is given"},
		"cut off":           {used[:40], TokenMalformed, "cut off"},
		"used":              {used, TokenRejected, "does not know the token"},
		"expired":           {f.token(march.Add(-time.Second)), TokenExpired, "expired on 2026-03-01T11:59:59Z"},
		"of another server": {tokenFor(someSum, secretText, time.Time{}), TokenForeign, someSum[:12]},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := Onboard(t.Context(), request(f, dir, c.token))
			wantError(t, err, c.kind, c.part)
			if slices.ContainsFunc(filesBelow(dir), func(f string) bool { return strings.HasPrefix(f, "servers/") }) {
				t.Errorf("a certificate was pinned: %q", filesBelow(dir))
			}
		})
	}
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			refuse(w, http.StatusInternalServerError, "Failed during search: Token has expired")
			return
		}
		f.incus(w, r)
	}
	_, err := Onboard(t.Context(), request(f, t.TempDir(), used))
	wantError(t, err, TokenExpired, f.URL)
}

func TestOnboardRefusesAnExpiredClientCertificate(t *testing.T) {
	f := newFakeServer(t)
	creds := mustEnsure(t, t.TempDir(), march.AddDate(-11, 0, 0))
	token := f.token(time.Time{})
	_, err := Onboard(t.Context(), request(f, creds.Dir, token))
	wantError(t, err, Expired, "expired on 2025-03-01")
	if !f.tokens[token] {
		t.Error("the token was used up")
	}
}

func TestOnboardTellsRestrictionAndWarnings(t *testing.T) {
	f := newFakeServer(t)
	f.restricted = true
	creds := f.pinned(t, march)
	if err := os.Chmod(creds.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := Onboard(t.Context(), request(f, creds.Dir, ""))
	if err != nil || !got.Restricted || len(got.Warnings) != 1 {
		t.Errorf("got %+v: %v", got, err)
	}
}

func TestOnboardWaitsForAServerThatTakesTheTokenAndTrustsOnlyLater(t *testing.T) {
	f := newFakeServer(t)
	dir := t.TempDir()
	looks := 0 // after the token was taken
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		if len(f.known) > 0 && r.Method == http.MethodGet && r.URL.Path == "/1.0" && looks < 2 {
			looks++
			known := f.known
			f.known = map[string]bool{}
			defer func() { f.known = known }()
		}
		f.incus(w, r)
	}
	if _, err := Onboard(t.Context(), request(f, dir, f.token(march.Add(time.Hour)))); err != nil {
		t.Fatal(err)
	}
	if looks != 2 {
		t.Errorf("the server was asked %d times before it trusted IAB, not 2", looks)
	}
	if _, err := ReadPin(dir, f.URL); err != nil {
		t.Error(err)
	}
}

// Whatever request is the last that is answered, repeating the onboarding with the same token completes it.
func TestAnOnboardingThatBrokeOffCanBeRepeated(t *testing.T) {
	for lost := range 6 {
		t.Run(fmt.Sprintf("after %d answers", lost), func(t *testing.T) {
			f := newFakeServer(t)
			dir := t.TempDir()
			token := f.token(time.Time{})
			count := 0
			f.answer = func(w http.ResponseWriter, r *http.Request) {
				if count++; count > lost {
					f.incus(discard{}, r)
					panic(http.ErrAbortHandler)
				}
				f.incus(w, r)
			}
			if _, err := Onboard(t.Context(), request(f, dir, token)); err == nil {
				t.Fatal("no error although the server hung up")
			}
			f.mu.Lock()
			f.answer = nil
			f.mu.Unlock()
			if _, err := Onboard(t.Context(), request(f, dir, token)); err != nil {
				t.Fatalf("the second time: %v", err)
			}
			if pin, err := ReadPin(dir, f.URL); err != nil || pin != f.certPEM {
				t.Errorf("the certificate is not pinned: %v", err)
			}
		})
	}
}

// discard carries a request out without telling the client.
type discard struct{}

func (d discard) Header() http.Header         { return http.Header{} }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func TestOnboardGivesUpWhenItIsInterrupted(t *testing.T) {
	f := newFakeServer(t)
	token := f.token(time.Time{})
	ctx, cancel := context.WithCancel(t.Context())
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body) // the end of the connection is noticed only behind the body
			cancel()
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}
		f.incus(w, r)
	}
	dir := t.TempDir()
	_, err := Onboard(ctx, request(f, dir, token))
	wantError(t, err, Interrupted, f.URL)
	if !errors.Is(err, context.Canceled) || len(filesBelow(dir)) != 2 {
		t.Errorf("%v, files %q", err, filesBelow(dir))
	}
}

// A server may repeat in its error whatever it was sent.
func TestErrorsOfOnboardingNeverShowTheToken(t *testing.T) {
	f := newFakeServer(t)
	creds := mustEnsure(t, t.TempDir(), march)
	token := tokenFor(f.fingerprint(), secretText, time.Time{})
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]int{400, 401, 403, 404, 500, 502}).Draw(t, "code")
		before := rapid.StringN(0, 400, 400).Draw(t, "before")
		asJSON := rapid.Bool().Draw(t, "json")
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		answered := false
		f.mu.Lock()
		f.answer = func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch text := before + string(body) + secretText + before; {
			case r.Method != http.MethodPost:
				f.incus(w, r)
				if answered { // what was taken for a yes is none, however long one waits
					time.AfterFunc(50*time.Millisecond, cancel)
				}
				return
			case asJSON:
				refuse(w, code, text)
			default:
				w.WriteHeader(code)
				_, _ = io.WriteString(w, text)
			}
			answered = true
		}
		f.mu.Unlock()
		_, err := Onboard(ctx, request(f, creds.Dir, token))
		if err == nil {
			t.Fatal("no error")
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			said := fmt.Sprintf("%v %+v", e, e)
			for _, part := range []string{secretText[:16], token[:16], token[60:76]} {
				if strings.Contains(said, part) {
					t.Fatalf("%q shows %q", said, part)
				}
			}
		}
	})
}

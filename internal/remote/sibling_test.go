package remote

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iab/internal/plan"
)

// What one member of a cluster has told of the others lets IAB use any of them, with the one certificate.
func TestAnotherMemberOfAClusterNeedsNoOnboarding(t *testing.T) {
	f := newFakeServer(t)
	creds := f.pinned(t, march)
	dead := "https://127.0.0.1:1"
	mustWrite(t, filepath.Join(creds.Dir, pinDir, "127.0.0.1_1.pem"), withSiblings(f.certPEM, []string{dead, f.URL}), 0o600)
	own, err := PinPath(creds.Dir, f.URL)
	if err := errors.Join(err, os.Remove(own)); err != nil {
		t.Fatal(err)
	}

	if _, err := Connect(t.Context(), plan.Target, f.URL, creds, time.Now); err != nil {
		t.Errorf("another member: %v", err)
	}
	_, err = Connect(t.Context(), plan.Target, dead, creds, time.Now)
	wantError(t, err, Unreachable, "nothing listens there")
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint, "it is one member of a cluster") || !strings.HasSuffix(e.Hint, ": "+f.URL) {
		t.Errorf("the hint is %q", e.Hint)
	}
	_, err = Connect(t.Context(), plan.Target, "https://127.0.0.1:2", creds, time.Now)
	wantError(t, err, NotOnboarded)
}

// A server that answers and is not the right one is no reason to look elsewhere.
func TestAnotherMemberIsNamedOnlyWhereNothingAnswers(t *testing.T) {
	l := link{side: plan.Target, host: "h", port: "8443"}
	for kind, named := range map[Kind]bool{Unreachable: true, PinMismatch: false, Untrusted: false, Interrupted: false} {
		err := l.orSibling(withSiblings("PEM", []string{"https://h:8443", "https://h2:8443"}), &Error{Kind: kind, Text: "no", Hint: "look"})
		var e *Error
		if !errors.As(err, &e) || strings.Contains(e.Hint, "https://h2:8443") != named || strings.Contains(e.Hint, "https://h:8443") {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	alone := &Error{Kind: Unreachable, Text: "no", Hint: "look"}
	if err := l.orSibling(withSiblings("PEM", nil), alone); err != error(alone) {
		t.Errorf("without others it is %v", err)
	}
}

func TestOnboardingPinsTheMembersOfACluster(t *testing.T) {
	f := newFakeServer(t)
	clusterOf(f, listed())
	creds := f.pinned(t, march)
	l, err := newLink(plan.Target, f.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, server, err := l.open(t.Context(), t.Context(), creds, f.certPEM, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "https://m1:8443 https://m2:8443 https://m3:8443 https://m4:8443 https://m5:8443"
	if got := strings.Join(siblings(client, server), " "); got != want {
		t.Errorf("the members are %s", got)
	}
	if got := strings.Join(siblingsIn(withSiblings(f.certPEM, siblings(client, server))), " "); got != want {
		t.Errorf("read back they are %s", got)
	}
	clusterOf(f, http.StatusForbidden)
	if got := siblings(client, server); got != nil {
		t.Errorf("where they may not be seen they are %s", got)
	}
	if got, err := fingerprintPEM(withSiblings(f.certPEM, []string{"https://m1:8443"})); err != nil || got == "" {
		t.Errorf("the certificate behind them is %q: %v", got, err)
	}
}

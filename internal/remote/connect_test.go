package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// fakeServer speaks as much of Incus as trust needs, over real TLS.
type fakeServer struct {
	*httptest.Server
	certPEM string

	mu         sync.Mutex
	known      map[string]bool // fingerprints of trusted clients
	tokens     map[string]bool // texts of unused tokens
	restricted bool
	requests   []string
	addresses  map[string]bool  // of the connections that requests came by
	resumed    []bool           // by request: whether its connection continues the session of an earlier one
	answer     http.HandlerFunc // instead of Incus
}

func newFakeServer(t testing.TB, change ...func(*tls.Config)) *fakeServer {
	t.Helper()
	return newFakeServerOf(t, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), change...) // expired, which a pinned certificate may be
}

func newFakeServerOf(t testing.TB, made time.Time, change ...func(*tls.Config)) *fakeServer {
	t.Helper()
	cert, key, err := newPair(made)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeServer{certPEM: string(cert), known: map[string]bool{}, tokens: map[string]bool{}, addresses: map[string]bool{}}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}
	for _, c := range change {
		c(f.TLS)
	}
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

func (f *fakeServer) fingerprint() string {
	sum, _ := fingerprintPEM(f.certPEM)
	return sum
}

func (f *fakeServer) token(expires time.Time) string {
	text := tokenFor(f.fingerprint(), secretText, expires)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens[text] = true
	return text
}

func (f *fakeServer) seen() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.requests...)
}

func (f *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.URL.Path+" by "+r.UserAgent())
	f.addresses[r.RemoteAddr] = true
	f.resumed = append(f.resumed, r.TLS.DidResume)
	if f.answer != nil {
		f.answer(w, r)
		return
	}
	f.incus(w, r)
}

// extensions are those that the client asks for before it sends a request.
var extensions = []string{"projects", "network", "storage", "resources", "instances", "container_full", "api_filtering", "storage_volume_state"}

func (f *fakeServer) incus(w http.ResponseWriter, r *http.Request) {
	client := ""
	if len(r.TLS.PeerCertificates) > 0 {
		client = fingerprint(r.TLS.PeerCertificates[0].Raw)
	}
	switch trusts := f.known[client]; {
	case r.Method == http.MethodPost && r.URL.Path == "/1.0/certificates":
		f.add(w, r, client)
	case r.URL.Path == "/1.0":
		server := api.Server{}
		server.APIVersion, server.Auth, server.APIExtensions = "1.0", "untrusted", extensions
		if trusts {
			server.Auth = trusted
			server.Environment.ServerName, server.Environment.ServerVersion = "fake", "6.0.4"
		}
		reply(w, server)
	case !trusts:
		refuse(w, http.StatusForbidden, "not authorized")
	case r.URL.Path == "/1.0/certificates/"+client:
		reply(w, api.Certificate{CertificatePut: api.CertificatePut{Restricted: f.restricted}})
	case r.URL.Path == "/1.0/projects" && r.URL.Query().Get("recursion") == "1":
		reply(w, []api.Project{{Name: "default"}, {Name: "web"}})
	case r.URL.Path == "/1.0/projects":
		reply(w, []string{"/1.0/projects/default", "/1.0/projects/web"})
	default:
		refuse(w, http.StatusNotFound, "not found")
	}
}

func (f *fakeServer) add(w http.ResponseWriter, r *http.Request, client string) {
	var post api.CertificatesPost
	if err := json.NewDecoder(r.Body).Decode(&post); err != nil || !f.tokens[post.TrustToken] {
		refuse(w, http.StatusForbidden, "No matching certificate add operation found")
		return
	}
	delete(f.tokens, post.TrustToken)
	f.known[client] = true
	reply(w, nil)
}

func reply(w http.ResponseWriter, metadata any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "sync", "status": "Success", "status_code": 200, "metadata": metadata})
}

func refuse(w http.ResponseWriter, code int, text string) {
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "error", "error": text, "error_code": code})
}

// pinned makes credentials that the server trusts, with its certificate pinned.
func (f *fakeServer) pinned(t testing.TB, made time.Time) Credentials {
	t.Helper()
	c := mustEnsure(t, t.TempDir(), made)
	f.known[c.Fingerprint()] = true
	pinTo(t, c.Dir, f.URL, f.certPEM)
	return c
}

func pinTo(t testing.TB, dir, url, certPEM string) {
	t.Helper()
	path, err := PinPath(dir, url)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, path, certPEM, 0o600)
}

func TestConnectKeepsOneConnectionAndOutlivesItsContext(t *testing.T) {
	f := newFakeServer(t)
	creds := f.pinned(t, march)
	ctx, cancel := context.WithCancel(t.Context())
	client, err := Connect(ctx, plan.Source, f.URL, creds, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 3 {
		if _, err := client.GetProjectNames(); err != nil {
			t.Fatalf("a request after the context has ended: %v", err)
		}
	}
	if info, err := client.UseProject("web").GetConnectionInfo(); err != nil || info.Certificate != f.certPEM {
		t.Errorf("the other server would be given the certificate %.40q: %v", info.Certificate, err)
	}
	seen := f.seen()
	if len(seen) != 4 || seen[0] != "GET /1.0 by iab" || len(f.addresses) != 1 {
		t.Errorf("%d connections for %q, want one", len(f.addresses), seen)
	}
}

func TestFurtherConnectionsResumeTheSessionAndAreAsSafe(t *testing.T) {
	first, second := newFakeServerOf(t, time.Now()), newFakeServerOf(t, time.Now()) // no session of an expired certificate is resumed
	creds := first.pinned(t, march)
	client, err := Connect(t.Context(), plan.Source, first.URL, creds, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	connections, err := client.GetHTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		connections.CloseIdleConnections()
		if _, err := client.GetProjectNames(); err != nil {
			t.Fatalf("the server does not know whose connection it is: %v", err)
		}
	}
	if want := []bool{false, true, true}; !slices.Equal(first.resumed, want) || len(first.addresses) != 3 {
		t.Errorf("%d connections, resumed %v, want %v", len(first.addresses), first.resumed, want)
	}

	// Whoever takes the server's place does not have the session's key.
	address := first.Listener.Addr().String()
	first.Close()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	impostor := httptest.NewUnstartedServer(second)
	_ = impostor.Listener.Close()
	impostor.Listener, impostor.TLS, impostor.Config.ErrorLog = listener, second.TLS, second.Config.ErrorLog
	impostor.StartTLS()
	t.Cleanup(impostor.Close)
	if _, err := client.GetProjectNames(); err == nil || !strings.Contains(err.Error(), "its certificate has changed") {
		t.Errorf("another server in its place: %v", err)
	}
	if seen := second.seen(); len(seen) > 0 {
		t.Errorf("the other server was asked %q", seen)
	}
}

func TestConnectToAServerWithAnotherCertificateTellsItNothing(t *testing.T) {
	f := newFakeServer(t)
	creds := f.pinned(t, march)
	other := newFakeServer(t)
	pinTo(t, creds.Dir, f.URL, other.certPEM)
	_, err := Connect(t.Context(), plan.Target, f.URL, creds, time.Now)
	wantError(t, err, PinMismatch, "the target "+f.URL, other.fingerprint()[:12]+" is pinned", "shows "+f.fingerprint()[:12])
	if hint := known(t, err).Hint; !strings.Contains(hint, "iab onboard --target-url "+f.URL) {
		t.Errorf("hint %q does not say how to onboard again", hint)
	}
	if seen := f.seen(); len(seen) > 0 {
		t.Errorf("the server was asked %q", seen)
	}
}

func TestConnectSaysWhyItIsNotTrusted(t *testing.T) {
	f := newFakeServer(t)
	creds := f.pinned(t, march)
	f.known = map[string]bool{}
	_, err := Connect(t.Context(), plan.Source, f.URL, creds, time.Now)
	wantError(t, err, Untrusted, "the source "+f.URL, creds.Fingerprint()[:12])

	old := f.pinned(t, time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC))
	f.known = map[string]bool{}
	_, err = Connect(t.Context(), plan.Source, f.URL, old, time.Now)
	wantError(t, err, Expired, "the source "+f.URL, "expired on 2011-02-03")

	empty := mustEnsure(t, t.TempDir(), march)
	_, err = Connect(t.Context(), plan.Source, f.URL, empty, time.Now)
	wantError(t, err, NotOnboarded, "the source "+f.URL, empty.Dir)

	strict := newFakeServer(t, func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool() })
	_, err = Connect(t.Context(), plan.Source, strict.URL, strict.pinned(t, march), time.Now)
	wantError(t, err, Untrusted, "refuses IAB's certificate")
}

func TestConnectToWhatIsNotIncus(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a web page":       func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"no such page":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusNotFound) },
		"other JSON":       func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"hello":1}`) },
		"an empty answer":  func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]string{}) },
		"a JSON not found": func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "no") },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeServer(t)
			f.answer = answer
			_, err := Connect(t.Context(), plan.Source, f.URL, f.pinned(t, march), time.Now)
			wantError(t, err, NotIncus, "the source "+f.URL)
			if seen := f.seen(); len(seen) != 1 {
				t.Errorf("the server was asked %q", seen)
			}
		})
	}
	t.Run("HTTP without TLS", func(t *testing.T) {
		plain := httptest.NewServer(http.NotFoundHandler())
		defer plain.Close()
		url := "https://" + plain.Listener.Addr().String()
		creds := mustEnsure(t, t.TempDir(), march)
		pinTo(t, creds.Dir, url, creds.CertPEM)
		_, err := Connect(t.Context(), plan.Source, url, creds, time.Now)
		wantError(t, err, NotIncus, url)
	})
}

func TestConnectRepeatsTheServersRefusalAsOneCleanLine(t *testing.T) {
	f := newFakeServer(t)
	f.answer = func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "no \x1b[31mview\nright")
	}
	creds := f.pinned(t, march)
	_, err := Connect(t.Context(), plan.Source, f.URL, creds, time.Now)
	wantError(t, err, Denied, "may not look at it: no [31mview right")

	f.answer = func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusInternalServerError, strings.Repeat("é", 1000))
	}
	_, err = Connect(t.Context(), plan.Source, f.URL, creds, time.Now)
	wantError(t, err, Failed, "éé")
	if len(err.Error()) > 500 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

// rawServer accepts connections and does with them what it is told.
func rawServer(t *testing.T, do func(net.Conn)) (url string, accepted <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	seen := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			do(conn)
			seen <- struct{}{}
		}
	}()
	return "https://" + listener.Addr().String(), seen
}

func TestConnectToAnUnreachableServer(t *testing.T) {
	creds := mustEnsure(t, t.TempDir(), march)
	closed := httptest.NewServer(nil)
	refusing := "https://" + closed.Listener.Addr().String()
	closed.Close()
	silent, _ := rawServer(t, func(net.Conn) {})
	leaving, _ := rawServer(t, func(c net.Conn) { _ = c.Close() })
	for name, c := range map[string]struct{ url, part string }{
		"nobody listens":        {refusing, "nothing listens there"},
		"nobody answers":        {silent, "no answer in time"},
		"the server hangs up":   {leaving, "the source " + leaving},
		"the name is not known": {"https://nobody.invalid:8443", "nobody.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			pinTo(t, creds.Dir, c.url, creds.CertPEM)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := Connect(ctx, plan.Source, c.url, creds, time.Now)
			wantError(t, err, Unreachable, c.url, c.part)
			if errors.Is(err, context.Canceled) {
				t.Errorf("%v would count as an interruption", err)
			}
		})
	}
}

func TestConnectGivesUpWhenItIsInterrupted(t *testing.T) {
	creds := mustEnsure(t, t.TempDir(), march)
	url, accepted := rawServer(t, func(net.Conn) {})
	pinTo(t, creds.Dir, url, creds.CertPEM)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-accepted; cancel() }()
	_, err := Connect(ctx, plan.Source, url, creds, time.Now)
	wantError(t, err, Interrupted, url)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not count as an interruption", err)
	}
}

func TestConnectRefusesABrokenPair(t *testing.T) {
	f := newFakeServer(t)
	creds := f.pinned(t, march)
	creds.KeyPEM = ""
	_, err := Connect(t.Context(), plan.Source, f.URL, creds, time.Now)
	wantError(t, err, BadCredentials, f.URL)
	_, err = Connect(t.Context(), plan.Source, "http://x", creds, time.Now)
	wantError(t, err, BadAddress, "source")
	mustWrite(t, filepath.Join(creds.Dir, "servers", "x_1.pem"), "junk", 0o600)
	_, err = Connect(t.Context(), plan.Source, "https://x:1", creds, time.Now)
	wantError(t, err, BadCredentials, "x_1.pem")
}

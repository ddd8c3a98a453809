package ostest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// App is an application of a host.
type App struct {
	Version   string
	Available []string
	Primary   bool
	NoState   bool              // IncusOS answers "not supported"
	Files     map[string]string // what its archive holds
	// Breaks is the error that ends its archive in the middle, as one in the second pass over the files does.
	Breaks string

	restored time.Time
}

// Host is a server. Its fields say how it behaves; change them between requests only.
type Host struct {
	URL     string
	CertPEM string

	Name      string // as Incus calls itself
	OSName    string
	Hostname  string
	MachineID string
	Members   []string // of a cluster; none: it is no cluster
	Apps      map[string]*App
	System    map[string]string // files of the system
	Config    map[string]string // of Incus

	Old        bool          // its Incus knows no /os
	Plain      bool          // its Incus knows /os, but this is not IncusOS
	Restricted bool          // IAB's certificate is
	Down       bool          // the service of IncusOS is
	Rescue     bool          // only the service of IncusOS is there, on a listener of its own
	Says       string        // an answer to every archive, instead of one
	BodyLimit  time.Duration // how long the body of a restore may take; 0: ten seconds

	// How an order ends.
	Hangs       bool   // the connection breaks off instead of an answer
	Answers502  bool   // an empty 502
	Refuses     string // the error that the host gives instead of obeying
	Ignores     bool   // it says yes and does nothing
	LosesTrust  bool   // afterwards IAB is a stranger
	NewIdentity bool   // afterwards it shows another certificate
	NeverBack   bool   // afterwards nobody answers

	mu       sync.Mutex
	t        testing.TB
	server   *http.Server
	address  string
	cert     tls.Certificate
	pid      int
	uptime   float64
	restored time.Time // when an application was, at the last time
	stranger bool
	pending  func() // what an order will do, when the old process has answered a few more times
	patience int
	requests []string
	closed   bool
	restarts sync.WaitGroup
}

// downtime is how long nobody answers while a host restarts.
const downtime = 20 * time.Millisecond

// lateAnswers is how often the old process still answers after an order.
const lateAnswers = 2

// New starts a host that runs IncusOS with Incus.
func New(t testing.TB) *Host {
	t.Helper()
	h := &Host{
		t: t, pid: 100, uptime: 86400, restored: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC),
		Name: "node1", OSName: "IncusOS", Hostname: "node1.example.net", MachineID: "0123456789abcdef0123456789abcdef",
		Config: map[string]string{},
	}
	h.renew()
	h.System = map[string]string{
		"state.txt":       "#Version: 8\nApplications.Incus.State.Version: 202603100000\nSystem.Security.Config.EncryptionRecoveryKeys[0]: SECRET-RECOVERY\n",
		"zpool.local.key": "SECRET-POOL",
	}
	h.Apps = map[string]*App{
		"incus": {Version: "202603100000", Available: []string{"202603100000", "202602010000"}, Primary: true,
			Files: map[string]string{"database/": "", "database/global.db": "SECRET-DATABASE", "server.crt": h.CertPEM, "server.key": "SECRET-KEY", "latest": "-> database"}},
		"gpu-support": {Version: "202603100000", NoState: true},
	}
	h.listen("127.0.0.1:0")
	t.Cleanup(func() {
		h.mu.Lock()
		h.closed = true
		h.mu.Unlock()
		_ = h.server.Close()
		h.restarts.Wait()
		_ = h.server.Close()
	})
	return h
}

// Stop ends the host for good.
func (h *Host) Stop() { _ = h.server.Close() }

// renew makes a key and a certificate.
func (h *Host) renew() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		h.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		h.t.Fatal(err)
	}
	h.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	h.CertPEM = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// Fingerprint is the SHA-256 of the host's certificate.
func (h *Host) Fingerprint() string {
	sum := sha256.Sum256(h.cert.Certificate[0])
	return hex.EncodeToString(sum[:])
}

func (h *Host) listen(address string) {
	listener, err := (&net.ListenConfig{}).Listen(h.t.Context(), "tcp", address)
	if err != nil {
		h.t.Errorf("listen at %s: %v", address, err)
		return
	}
	h.address, h.URL = listener.Addr().String(), "https://"+listener.Addr().String()
	h.server = &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{h.cert}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}}
	go func(s *http.Server) { _ = s.ServeTLS(listener, "", "") }(h.server)
}

// Requests lists what was asked since the last time: method, path with query, and for orders how the body came.
func (h *Host) Requests() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := h.requests
	h.requests = nil
	return seen
}

// Orders lists the requests among Requests that change something.
func (h *Host) Orders() []string {
	return slices.DeleteFunc(h.Requests(), func(r string) bool { return strings.HasPrefix(r, "GET ") || strings.Contains(r, "/:backup") })
}

// ServeHTTP answers as Incus, which passes /os on to IncusOS.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	entry := r.Method + " " + r.URL.RequestURI()
	if r.Method == http.MethodPost {
		entry += fmt.Sprintf(" [%s, %d bytes]", r.Header.Get("Content-Type"), r.ContentLength)
	}
	h.requests = append(h.requests, entry)
	w.Header().Set("Content-Type", "application/json") // Incus sets it first, whatever follows
	member := r.URL.Query().Get("target")
	path, os := strings.CutPrefix(r.URL.Path, "/os/1.0")
	switch {
	case h.Rescue && !os:
		refuse(w, http.StatusNotFound, "not found")
	case !os && h.pending != nil && r.URL.Path == "/1.0":
		h.about(w, member)
		if h.patience--; h.patience == 0 {
			h.restart()
		}
	case !os:
		h.incus(w, r, member)
	case h.Old:
		refuse(w, http.StatusNotFound, "not found")
	case h.Restricted || h.stranger:
		refuse(w, http.StatusForbidden, "Certificate is restricted")
	case member != "" && !slices.Contains(h.Members, member):
		refuse(w, http.StatusNotFound, "Cluster member not found")
	case h.Plain:
		refuse(w, http.StatusBadRequest, "System isn't running IncusOS")
	case h.Down:
		w.WriteHeader(http.StatusBadGateway)
	default:
		h.os(w, r, path, member)
	}
}

func reply(w http.ResponseWriter, metadata any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "sync", "status": "Success", "status_code": 200, "metadata": metadata})
}

func refuse(w http.ResponseWriter, code int, text string) {
	w.WriteHeader(code)
	_, _ = w.Write(failure(code, text))
}

// failure is how Incus writes an error.
func failure(code int, text string) []byte {
	quoted, _ := json.Marshal(text)
	return fmt.Appendf(nil, `{"type":"error","status":"","status_code":0,"operation":"","error_code":%d,"error":%s,"metadata":null}`+"\n", code, quoted)
}

package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"iab/internal/lab"
)

// front is what iab reaches instead of a daemon: an address, and the certificate that is shown there.
type front struct {
	url string
	pem []byte
}

// counter is a proxy before one daemon that counts requests. It ends TLS with a certificate of its own, and
// passes everything on by the daemon's local socket.
type counter struct {
	front
	server *http.Server

	mu    sync.Mutex
	asked map[string]int // by what they are about

	// before and after, where set, see every request of iab before it is passed on and with its answer.
	before func(*http.Request)
	after  func(r *http.Request, answer []byte)
}

func countRequests(d *lab.Daemon) (*counter, error) {
	certificate, pemData, err := selfSigned()
	if err != nil {
		return nil, err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequestClientCert,
		MinVersion:   tls.VersionTLS13,
	})
	if err != nil {
		return nil, err
	}
	c := &counter{front: front{"https://" + listener.Addr().String(), pemData}, asked: map[string]int{}}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "incus"})
	// A connection that is kept for later may be one on which nothing is ever said, and behind that the daemon accepts no other.
	proxy.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", d.Socket())
	}}
	proxy.ModifyResponse = func(answer *http.Response) error {
		if c.after == nil || answer.StatusCode == http.StatusSwitchingProtocols {
			return nil
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body = io.NopCloser(bytes.NewReader(body))
		c.after(answer.Request, body)
		return err
	}
	c.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fromServer(r) {
			c.mu.Lock()
			c.asked[r.Method+" "+about(r.URL.Path)]++
			c.mu.Unlock()
		}
		if c.before != nil {
			c.before(r)
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = c.server.Serve(listener) }()
	return c, nil
}

// fromServer recognises what the other server asks in a migration: it is not iab's request.
func fromServer(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/websocket") }

func selfSigned() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// about names what a path is about: the plural is a list, or what begins something.
func about(path string) string {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(path, "/1.0"), "/"), "/")
	switch last := parts[len(parts)-1]; {
	case parts[0] == "":
		return "server"
	case last == "snapshots":
		return "snapshots"
	case parts[0] == "instances" && len(parts) == 2:
		return "instance"
	case parts[0] == "storage-pools" && len(parts) == 5:
		return "volume"
	case parts[0] == "storage-pools" && len(parts) > 2:
		return "volumes"
	}
	return parts[0]
}

// counted lets iab do something with the config in a directory through counting proxies, and returns how many requests both servers
// got, by what they are about. What it does before, if anything, is not counted.
func (b *bench) counted(dir string, before, do func(dir string) error) (map[string]int, error) {
	fronts := map[*lab.Daemon]front{}
	var counters []*counter
	for _, d := range b.lab.Daemons {
		c, err := countRequests(d)
		if err != nil {
			return nil, err
		}
		defer func() { _ = c.server.Close() }()
		counters, fronts[d] = append(counters, c), c.front
	}
	redirected, err := b.redirect(dir, fronts)
	if err != nil {
		return nil, err
	}
	if before != nil {
		if err := before(redirected); err != nil {
			return nil, err
		}
		for _, c := range counters {
			c.mu.Lock()
			clear(c.asked)
			c.mu.Unlock()
		}
	}
	if err := do(redirected); err != nil {
		return nil, err
	}
	asked := map[string]int{}
	for _, c := range counters {
		c.mu.Lock()
		for what, n := range c.asked {
			asked[what] += n
		}
		c.mu.Unlock()
	}
	return asked, nil
}

func printRequests(out io.Writer, asked map[string]int, objects int) {
	total := 0
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(asked)) {
		total += asked[what]
		parts = append(parts, fmt.Sprintf("%s %d", what, asked[what]))
	}
	fmt.Fprintf(out, "  requests per object:          %.1f  (at most 10)\n", float64(total)/float64(objects))
	fmt.Fprintf(out, "  (%s)\n", strings.Join(parts, ", "))
}

// redirect makes a config that is the one in dir but for the servers' addresses, which are those of the proxies, and returns its
// directory.
func (b *bench) redirect(dir string, proxies map[*lab.Daemon]front) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return "", err
	}
	text := string(data)
	for d, c := range proxies {
		text = strings.ReplaceAll(text, d.URL(), c.url)
		host := strings.ReplaceAll(strings.TrimPrefix(c.url, "https://"), ":", "_")
		if err := os.WriteFile(filepath.Join(b.dir, "credentials", "servers", host+".pem"), c.pem, 0o600); err != nil {
			return "", err
		}
	}
	redirected, err := os.MkdirTemp(b.dir, "redirected")
	if err != nil {
		return "", err
	}
	return redirected, os.WriteFile(filepath.Join(redirected, "config.json"), []byte(text), 0o600)
}

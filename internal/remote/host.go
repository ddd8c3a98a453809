package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	incus "github.com/lxc/incus/v6/client"

	"iab/internal/plan"
)

// Host is a connection to one server for what concerns the server itself and not its instances. It sends requests as they
// are, to the pinned server only and with IAB's certificate, and never follows a redirect.
type Host struct {
	link   link
	client incus.InstanceServer // nil behind a rescue listener
	http   *http.Client
	creds  Credentials
	pin    string
}

// Open connects to a server as Connect does.
func Open(ctx context.Context, side plan.Side, hostURL string, creds Credentials, now func() time.Time) (*Host, error) {
	l, err := newLink(side, hostURL)
	if err != nil {
		return nil, err
	}
	client, err := Connect(ctx, side, hostURL, creds, now)
	if err != nil {
		return nil, err
	}
	base, err := client.GetHTTPClient()
	if err != nil {
		return nil, failure("connect to "+l.String(), err)
	}
	pin, err := l.readPin(creds.Dir)
	if err != nil {
		return nil, err
	}
	sum, err := fingerprintPEM(pin)
	return &Host{link: l, client: client, http: base, creds: creds, pin: sum}, err
}

// OpenRescue prepares requests to an address behind which there may be no Incus, such as the fallback listener of IncusOS. It must
// show the certificate of that SHA-256 fingerprint. Nothing is sent yet.
func OpenRescue(side plan.Side, hostURL, fingerprintHex string, creds Credentials) (*Host, error) {
	l, err := newLink(side, hostURL)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair([]byte(creds.CertPEM), []byte(creds.KeyPEM))
	if err != nil {
		return nil, unusable("connect to "+l.String(), "IAB's certificate and key can't be used", onboardFirst, nil)
	}
	config := tlsConfig(func(shown []byte) error { return compare(fingerprintHex, fingerprint(shown)) })
	config.Certificates = []tls.Certificate{pair}
	return &Host{link: l, creds: creds, pin: fingerprintHex, http: &http.Client{
		Transport:     newTransport(config),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// URL is the address as https://HOST:PORT.
func (h *Host) URL() string { return h.link.url() }

// Pin is the fingerprint of the certificate that the server must show.
func (h *Host) Pin() string { return h.pin }

// Do sends one request. What goes wrong stays as it is, for its caller to judge.
func (h *Host) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", userAgent)
	return h.http.Do(r)
}

// CloseIdleConnections lets the next request have a connection of its own.
func (h *Host) CloseIdleConnections() { h.http.CloseIdleConnections() }

// Close ends the connections.
func (h *Host) Close() {
	if h.client != nil {
		h.client.Disconnect()
	}
	h.http.CloseIdleConnections()
}

// Restricted reports whether the server limits IAB to some projects, so that it does not show what concerns itself.
func (h *Host) Restricted() bool { return h.client != nil && restricted(h.client, h.creds) }

// OnboardHint says how the server is onboarded again.
func (h *Host) OnboardHint() string { return h.link.onboardHint() }

// Known is since when a server can know IAB's certificate: when it was made.
func (c Credentials) Known() time.Time {
	cert, err := parsePEM(c.CertPEM)
	if err != nil {
		return time.Time{}
	}
	return cert.NotBefore.Add(clockSkew)
}

// ShowsAnother reports whether an error says that a server shows another certificate than the pinned one.
func ShowsAnother(err error) bool {
	var other *changed
	return errors.As(err, &other)
}

// PinOf is the fingerprint of the certificate that is pinned for a server, as ReadPin finds it.
func PinOf(dir, hostURL string) (string, error) {
	pin, err := ReadPin(dir, hostURL)
	if err != nil {
		return "", err
	}
	return fingerprintPEM(pin)
}

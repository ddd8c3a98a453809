package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
	"github.com/lxc/incus/v6/shared/proxy"
	localtls "github.com/lxc/incus/v6/shared/tls"

	"iab/internal/plan"
)

const (
	userAgent = "iab"

	dialTimeout = 10 * time.Second // for the network and for TLS, each
	openTimeout = 30 * time.Second // from the first packet to the answer that tells who we are
	idleTimeout = 90 * time.Second // how long an unused connection is kept

	// keptConnections is how many unused connections a server may have: as many as a run works side by side.
	keptConnections = 16
	// answerTimeout is how long a request may stay unanswered: waiting for an operation is one long request.
	answerTimeout = time.Hour

	// trusted is what a server says of a client that it knows.
	trusted = "trusted"
)

// Connect connects to a server with IAB's certificate, if the server shows exactly the pinned certificate and trusts ours. All
// requests share one set of connections. The context governs the connecting only: the client outlives it, so that an
// interrupted run can still put things right. By now, our clock, the server's is measured. An error is an *Error that says which
// server and why.
func Connect(ctx context.Context, side plan.Side, hostURL string, creds Credentials, now func() time.Time) (incus.InstanceServer, error) {
	client, _, err := connectTo(ctx, side, hostURL, creds, now)
	return client, err
}

// connectTo is Connect that also returns what the server has told of itself.
func connectTo(ctx context.Context, side plan.Side, hostURL string, creds Credentials, now func() time.Time) (incus.InstanceServer, *api.Server, error) {
	l, err := newLink(side, hostURL)
	if err != nil {
		return nil, nil, err
	}
	pin, err := l.readPin(creds.Dir)
	if err != nil {
		return nil, nil, err
	}
	client, server, err := l.open(ctx, context.WithoutCancel(ctx), creds, pin, &stopwatch{now: now})
	if err != nil {
		return nil, nil, l.orSibling(pin, err)
	}
	if server.Auth != trusted {
		return nil, nil, l.untrusted(ctx, client, creds)
	}
	return client, server, nil
}

// open connects to a server that shows this certificate and asks it what it is, within ctx. Later requests of the client live as
// long as life. The server need not trust us. The watch, which may be nil, times its answers.
func (l link) open(ctx, life context.Context, creds Credentials, certPEM string, watch *stopwatch) (incus.InstanceServer, *api.Server, error) {
	cert, err := parsePEM(certPEM)
	if err != nil {
		return nil, nil, unusable("connect to "+l.String(), "its pinned certificate can't be read", l.onboardHint(), nil)
	}
	pair, err := tls.X509KeyPair([]byte(creds.CertPEM), []byte(creds.KeyPEM))
	if err != nil {
		return nil, nil, unusable("connect to "+l.String(), "IAB's certificate and key can't be used", onboardFirst, nil)
	}
	config := tlsConfig(func(shown []byte) error { return compare(fingerprint(cert.Raw), fingerprint(shown)) })
	config.Certificates = []tls.Certificate{pair}
	transport := newTransport(config)

	life, end := context.WithCancel(life)
	client, err := incus.ConnectIncusWithContext(life, l.url(), &incus.ConnectionArgs{
		TLSServerCert:    encodePEM(cert.Raw), // it is also what the other server is told, and without what stands before it
		UserAgent:        userAgent,
		SkipGetServer:    true,
		SkipGetEvents:    true, // else it opens a stream for whatever begins an operation; see feed
		TransportWrapper: func(*http.Transport) incus.HTTPTransporter { return sharing{transport, watch} },
	})
	if err != nil {
		end()
		return nil, nil, l.explain(ctx, err)
	}
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	release := context.AfterFunc(opening, end)
	server, err := identify(client)
	if !release() && err == nil {
		err = opening.Err()
	}
	if err != nil {
		end()
		transport.CloseIdleConnections()
		return nil, nil, l.explain(ctx, err)
	}
	return client, server, nil
}

// errNotIncus stands for an answer that Incus would not give.
var errNotIncus = errors.New("it does not answer as Incus does")

func identify(client incus.InstanceServer) (*api.Server, error) {
	base, err := client.GetHTTPClient()
	if err != nil {
		return nil, err
	}
	// Incus never redirects its API, and a token must not follow to another place.
	base.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	server, _, err := client.GetServer()
	var network *url.Error
	var status api.StatusError
	switch {
	case errors.As(err, &network), errors.As(err, &status):
		return nil, err
	case err != nil || server.APIVersion == "" || server.Auth == "":
		return nil, errNotIncus
	}
	return server, nil
}

// sharing puts our transport, which keeps its connections, in the place of the client's own, and times the answers.
type sharing struct {
	base  *http.Transport
	watch *stopwatch // nil: nobody asks for the server's time
}

func (s sharing) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.watch == nil {
		return s.base.RoundTrip(r)
	}
	sent := s.watch.now()
	response, err := s.base.RoundTrip(r)
	if err == nil {
		s.watch.note(sent, s.watch.now(), response.Header.Get("Date"))
	}
	return response, err
}

// CloseIdleConnections lets http.Client reach the transport's own.
func (s sharing) CloseIdleConnections() { s.base.CloseIdleConnections() }

// Transport is what the client makes its websockets of.
func (s sharing) Transport() *http.Transport { return s.base }

// tlsConfig leaves all judgement of the server's certificate to verify: a pinned certificate is right whatever names and
// dates stand in it. It is asked before our own certificate is shown. Connections after the first one resume its session, which spares both
// ends the signatures; only who has the key of that session can do so, and verify is asked then, too.
func tlsConfig(verify func(der []byte) error) *tls.Config {
	config := localtls.InitTLSConfig()
	config.InsecureSkipVerify = true
	config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errNotIncus
		}
		return verify(state.PeerCertificates[0].Raw)
	}
	return config
}

func newTransport(config *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                 proxy.FromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:       config,
		DialTLSContext:        (&tls.Dialer{NetDialer: &net.Dialer{Timeout: 2 * dialTimeout}, Config: config}).DialContext, // the client's raw connections ask for it
		TLSHandshakeTimeout:   dialTimeout,
		MaxIdleConnsPerHost:   keptConnections,
		IdleConnTimeout:       idleTimeout,
		ResponseHeaderTimeout: answerTimeout,
	}
}

// changed is the error of a server that shows another certificate than it should.
type changed struct{ want, shown string }

func (c *changed) Error() string {
	return fmt.Sprintf("its certificate has changed: %s is pinned, it shows %s", short(c.want), short(c.shown))
}

func compare(want, shown string) error {
	if want != shown {
		return &changed{want, shown}
	}
	return nil
}

// untrusted says why a server that is the right one does not know us. Whether our certificate has expired is judged by the
// server's clock, since that is what the server did.
func (l link) untrusted(ctx context.Context, client incus.InstanceServer, creds Credentials) error {
	if now, ok := l.clock(ctx, client); ok && now.After(creds.NotAfter()) {
		return l.outlived(creds)
	}
	return &Error{
		Kind: Untrusted,
		Text: fmt.Sprintf("connect to %s: it does not trust IAB's certificate %s", l, short(creds.Fingerprint())),
		Hint: "it was never added there, or removed; " + l.onboardHint(),
	}
}

func (l link) outlived(creds Credentials) error {
	return &Error{
		Kind: Expired,
		Text: fmt.Sprintf("connect to %s: IAB's certificate expired on %s", l, creds.NotAfter().UTC().Format(time.DateOnly)),
		Hint: fmt.Sprintf("move %s and %s out of %s and onboard both servers again", certFile, keyFile, creds.Dir),
	}
}

// clock reads the time of day off a server's answer.
func (l link) clock(ctx context.Context, client incus.InstanceServer) (time.Time, bool) {
	base, err := client.GetHTTPClient()
	if err != nil {
		return time.Time{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url()+"/1.0", nil)
	if err != nil {
		return time.Time{}, false
	}
	response, err := base.Do(request)
	if err != nil {
		return time.Time{}, false
	}
	_ = response.Body.Close()
	now, err := http.ParseTime(response.Header.Get("Date"))
	return now, err == nil
}

package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// onboardTimeout is how long a server may take for all requests of an onboarding.
const onboardTimeout = 2 * time.Minute

// A server that has taken the token is asked so often, with these pauses, whether it trusts IAB.
const (
	trustLooks = 20
	trustPause = 250 * time.Millisecond
)

// Request is what Onboard needs.
type Request struct {
	Side    plan.Side
	URL     string // https://HOST[:PORT]
	Token   string // trust token; may be empty for a server that is pinned and trusts IAB already
	CredDir string
	Now     time.Time
}

// Result is what Onboard found and did.
type Result struct {
	Already       bool   // the server trusted IAB before; a token that was given is not used up
	ServerName    string // as the server calls itself
	ServerVersion string
	Fingerprint   string   // of the server's certificate, which is pinned now
	Replaced      string   // fingerprint of the certificate that was pinned before, if another
	Restricted    bool     // IAB is restricted to some projects
	Projects      []string // that IAB sees on the server
	Warnings      []string // see Credentials
}

// Onboard makes IAB and one server trust each other: it makes IAB's certificate if there is none, registers it with
// the token, and pins the server's certificate. The server's certificate must be the one that the token names; another one is
// never pinned, and nothing is sent to its owner. An interrupted Onboard can simply be repeated, and a second one changes
// nothing. An error is an *Error and shows nothing of the token.
func Onboard(ctx context.Context, r Request) (Result, error) {
	l, err := newLink(r.Side, r.URL)
	if err != nil {
		return Result{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, onboardTimeout)
	defer cancel()
	token, pinned, err := l.evidence(r)
	if err != nil {
		return Result{}, err
	}
	cert, err := l.fetch(ctx, token, pinned)
	if err != nil {
		return Result{}, err
	}
	creds, err := credentialsFor(r)
	if err != nil {
		return Result{}, err
	}
	if r.Now.After(creds.NotAfter()) {
		return Result{}, l.outlived(creds)
	}
	result := Result{Fingerprint: fingerprint(cert), Warnings: creds.Warnings}
	if pinned != "" && pinned != result.Fingerprint {
		result.Replaced = pinned
	}
	return l.join(ctx, r, token, creds, encodePEM(cert), result)
}

// join registers IAB on the server that shows the certificate, unless it is known there, and pins the certificate when
// the server trusts IAB.
func (l link) join(ctx context.Context, r Request, token *trustToken, creds Credentials, certPEM string, result Result) (Result, error) {
	client, server, err := l.open(ctx, ctx, creds, certPEM, nil)
	if err != nil {
		return Result{}, err
	}
	defer client.Disconnect()
	result.Already = server.Auth == trusted
	if !result.Already {
		server, err = l.register(ctx, r.Now, token, client, creds)
		if err != nil {
			return Result{}, err
		}
	}
	if err := l.writePin(creds.Dir, withSiblings(certPEM, siblings(client, server))); err != nil {
		return Result{}, err
	}
	result.ServerName, result.ServerVersion = server.Environment.ServerName, server.Environment.ServerVersion
	result.Restricted = restricted(client, creds)
	result.Projects, err = client.GetProjectNames()
	if err != nil {
		return Result{}, failure(fmt.Sprintf("list the projects of %s", l), err)
	}
	return result, nil
}

// evidence is what tells the right server: the token, the fingerprint of a pinned certificate, or both.
func (l link) evidence(r Request) (token *trustToken, pinned string, err error) {
	if strings.TrimSpace(r.Token) != "" {
		parsed, err := parseToken(r.Token)
		if err != nil {
			return nil, "", err
		}
		token = &parsed
	}
	pin, err := l.readPin(r.CredDir)
	var known *Error
	switch {
	case err == nil:
		pinned, err = fingerprintPEM(pin)
		return token, pinned, err
	case !errors.As(err, &known) || known.Kind != NotOnboarded:
		return nil, "", err
	case token == nil:
		return nil, "", &Error{Kind: TokenMissing, Text: fmt.Sprintf("onboard %s: no trust token is given, and its certificate is not pinned yet", l), Hint: l.onboardHint()}
	}
	return token, "", nil
}

// fetch returns the certificate of the server if it is the wanted one. A server with another is told nothing; the right one
// is asked for its version, as breaking off would stand in its log as an error.
func (l link) fetch(ctx context.Context, token *trustToken, pinned string) ([]byte, error) {
	want := pinned
	if token != nil {
		want = token.fingerprint
	}
	var cert []byte
	transport := newTransport(tlsConfig(func(der []byte) error {
		if err := compare(want, fingerprint(der)); err != nil {
			return err
		}
		cert = der
		return nil
	}))
	defer transport.CloseIdleConnections()
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(opening, http.MethodGet, l.url()+"/1.0", nil)
	if err != nil {
		return nil, l.explain(ctx, err)
	}
	request.Header.Set("User-Agent", userAgent)
	response, err := transport.RoundTrip(request)
	if err == nil {
		_ = response.Body.Close()
		return cert, nil
	}
	var other *changed
	if token != nil && errors.As(err, &other) {
		return nil, &Error{
			Kind: TokenForeign,
			Text: fmt.Sprintf("onboard %s: the token is for a server with the certificate %s, and this one shows %s", l, short(other.want), short(other.shown)),
			Hint: fmt.Sprintf("use the token that was made on the %s; if it was, something else may answer in its place", l.side),
		}
	}
	return nil, l.explain(ctx, err)
}

// credentialsFor makes credentials only where they can be registered.
func credentialsFor(r Request) (Credentials, error) {
	if strings.TrimSpace(r.Token) == "" {
		return LoadCredentials(r.CredDir)
	}
	creds, _, err := EnsureCredentials(r.CredDir, r.Now)
	return creds, err
}

// register gives IAB's certificate to the server and returns what the server says now that it trusts us.
func (l link) register(ctx context.Context, now time.Time, token *trustToken, client incus.InstanceServer, creds Credentials) (*api.Server, error) {
	if token == nil {
		return nil, l.untrusted(ctx, client, creds)
	}
	if token.expired(now) {
		return nil, l.tokenExpired(fmt.Sprintf(" on %s", token.expires.UTC().Format(time.RFC3339)))
	}
	request := api.CertificatesPost{TrustToken: token.text} // the certificate itself is taken from TLS
	request.Type = api.CertificateTypeClient
	if err := client.CreateCertificate(request); err != nil && !api.StatusErrorCheck(err, http.StatusConflict) {
		return nil, l.rejected(ctx, token, err)
	}
	return l.awaitTrust(ctx, client, creds)
}

// awaitTrust waits until the server trusts IAB. One that is busy has been seen to do so only a moment after it took the token.
func (l link) awaitTrust(ctx context.Context, client incus.InstanceServer, creds Credentials) (*api.Server, error) {
	for look := 1; ; look++ {
		server, err := identify(client)
		switch {
		case err != nil:
			return nil, l.explain(ctx, err)
		case server.Auth == trusted:
			return server, nil
		case look == trustLooks:
			return nil, l.untrusted(ctx, client, creds)
		}
		select {
		case <-ctx.Done():
			return nil, l.explain(ctx, ctx.Err())
		case <-time.After(trustPause):
		}
	}
}

// rejected says why a server did not take the token. The server's own words may repeat what it was sent, so they are cleaned
// and the error itself is not passed on.
func (l link) rejected(ctx context.Context, token *trustToken, err error) error {
	var network *url.Error
	if errors.As(err, &network) {
		return l.explain(ctx, err)
	}
	text := token.scrub(err.Error())
	switch {
	case strings.Contains(text, "Token has expired"):
		return l.tokenExpired("")
	case api.StatusErrorCheck(err, http.StatusForbidden):
		return &Error{
			Kind: TokenRejected,
			Text: fmt.Sprintf("onboard %s: it does not know the token (any more)", l),
			Hint: "a token is good for one use, and gone when it is revoked; " + l.onboardHint(),
		}
	}
	return &Error{Kind: Failed, Text: fmt.Sprintf("onboard %s: it did not take the token: %s", l, foreign(text))}
}

func (l link) tokenExpired(when string) error {
	return &Error{Kind: TokenExpired, Text: fmt.Sprintf("onboard %s: the token expired%s", l, when), Hint: l.onboardHint()}
}

// restricted reports whether the server limits IAB to some projects. One that does not let us see our own entry does.
func restricted(client incus.InstanceServer, creds Credentials) bool {
	entry, _, err := client.GetCertificate(creds.Fingerprint())
	if err != nil {
		return api.StatusErrorCheck(err, http.StatusForbidden, http.StatusNotFound)
	}
	return entry.Restricted
}

package remote

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"
)

// trustToken is a parsed trust token. It prints without its secret.
type trustToken struct {
	text        string // as it is sent to the server
	secret      string
	fingerprint string    // of the server's certificate, SHA-256 in lower case hex
	expires     time.Time // zero: never
}

func (trustToken) String() string   { return "trust token" }
func (trustToken) GoString() string { return "trust token" }

// parseToken reads a trust token as `incus config trust add` prints it. White space in it, as from a wrapped line, is
// ignored. The error never repeats any part of the text.
func parseToken(text string) (trustToken, error) {
	compact := strings.Join(strings.Fields(text), "")
	decoded, err := base64.StdEncoding.DecodeString(compact)
	if err != nil {
		return trustToken{}, malformed("it is cut off, or not a token at all")
	}
	var read api.CertificateAddToken
	if err := json.Unmarshal(decoded, &read); err != nil {
		return trustToken{}, malformed("it is cut off, or not a token at all")
	}
	fingerprint := strings.ToLower(read.Fingerprint)
	if sum, err := hex.DecodeString(fingerprint); err != nil || len(sum) != 32 {
		return trustToken{}, malformed("it names no server certificate")
	}
	if read.Secret == "" {
		return trustToken{}, malformed("it holds no secret")
	}
	if read.ClientName == "" {
		return trustToken{}, malformed("it is not for a client; one that joins a cluster will not do")
	}
	return trustToken{text: compact, secret: read.Secret, fingerprint: fingerprint, expires: read.ExpiresAt}, nil
}

func malformed(why string) error {
	return &Error{
		Kind: TokenMalformed,
		Text: "read the trust token: " + why,
		Hint: "copy the whole last line that `incus config trust add iab` prints on that server",
	}
}

// expired reports whether the token's time is over.
func (t trustToken) expired(now time.Time) bool {
	return !t.expires.IsZero() && !now.Before(t.expires)
}

// scrub removes the token and its secret from a text.
func (t trustToken) scrub(text string) string {
	return strings.NewReplacer(t.text, "…", t.secret, "…").Replace(text)
}

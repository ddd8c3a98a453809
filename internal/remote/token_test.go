package remote

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"
	"pgregory.net/rapid"
)

const (
	secretText = "2b2284d44db32675923fe0d2020477e0e9be11801ff70c435e032b97028c35cd"
	someSum    = "57bb0ff4340b5bb28517e062023101adf788c37846dc8b619eb2c3cb4ef29436"
)

// tokenFor is a token as a server with that certificate prints it.
func tokenFor(fingerprint, secret string, expires time.Time) string {
	token := api.CertificateAddToken{ClientName: "iab", Fingerprint: fingerprint, Addresses: []string{"192.0.2.1:8443"}, Secret: secret, ExpiresAt: expires}
	return token.String()
}

func TestTokensAreReadAsTheServerPrintsThem(t *testing.T) {
	text := tokenFor(strings.ToUpper(someSum), secretText, march)
	for name, given := range map[string]string{"plain": text, "with a line end": text + "\r\n", "wrapped": " " + text[:76] + "\n" + text[76:]} {
		token, err := parseToken(given)
		if err != nil || token.text != text || token.secret != secretText || token.fingerprint != someSum || !token.expires.Equal(march) {
			t.Errorf("%s: got %#v with %s until %s: %v", name, token, token.fingerprint, token.expires, err)
		}
	}
}

func TestTokensExpire(t *testing.T) {
	for _, c := range []struct {
		expires time.Time
		want    bool
	}{{time.Time{}, false}, {march.Add(time.Second), false}, {march, true}, {march.Add(-time.Hour), true}} {
		if token := (trustToken{expires: c.expires}); token.expired(march) != c.want {
			t.Errorf("expires %s: got %v", c.expires, !c.want)
		}
	}
}

func TestTextsThatAreNoTokensSayWhy(t *testing.T) {
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for text, want := range map[string]string{
		"":                                  "cut off",
		"junk!":                             "not a token",
		"abcdefg":                           "cut off",
		"Client iab certificate add token:": "not a token",
		encode("{"):                         "cut off",
		encode("[]"):                        "not a token",
		encode("{}"):                        "no server certificate",
		encode(`{"client_name":"iab","fingerprint":"12","secret":"s"}`):                    "no server certificate",
		encode(fmt.Sprintf(`{"client_name":"iab","fingerprint":%q}`, someSum)):             "no secret",
		encode(fmt.Sprintf(`{"server_name":"m2","fingerprint":%q,"secret":"s"}`, someSum)): "joins a cluster",
	} {
		_, err := parseToken(text)
		wantError(t, err, TokenMalformed, want)
	}
}

// No run of eight characters of a token may show up anywhere: that would be six bytes of it.
func TestBrokenTokensAreNeverRepeated(t *testing.T) {
	whole := tokenFor(someSum, secretText, time.Time{})
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, len(whole)-1).Draw(t, "from")
		to := rapid.IntRange(from, len(whole)).Draw(t, "to")
		text := whole[from:to] + rapid.SampledFrom([]string{"", "!", "=", "AAAA", whole}).Draw(t, "tail")
		token, err := parseToken(text)
		said := fmt.Sprintf("%v %+v %#v", token, token, token)
		var e *Error
		if errors.As(err, &e) {
			said = e.Text + " " + e.Hint
		}
		for i := 0; i+8 <= len(text); i++ {
			if strings.Contains(said, text[i:i+8]) {
				t.Fatalf("%q repeats %q", said, text[i:i+8])
			}
		}
		if strings.Contains(said, secretText[:8]) {
			t.Fatalf("%q repeats the secret", said)
		}
	})
}

package remote

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"iab/internal/plan"
)

const (
	defaultPort = "8443"
	pinDir      = "servers"

	// anySide names a server in messages when it does not matter which one it is.
	anySide plan.Side = "server"
)

// link is the address of one server.
type link struct {
	side plan.Side
	host string // lower case, an IPv6 address without brackets
	port string
}

// newLink reads https://HOST[:PORT]. The port is 8443 unless given.
func newLink(side plan.Side, hostURL string) (link, error) {
	bad := &Error{Kind: BadAddress, Hint: "write it as https://HOST:8443"}
	u, err := url.Parse(hostURL)
	switch {
	case err != nil: // the error may repeat a password in the URL
		bad.Text = fmt.Sprintf("read the address of the %s: it is not a URL", side)
	case u.Scheme != "https" || u.Hostname() == "":
		bad.Text = fmt.Sprintf("read the address of the %s: %q does not begin with https:// and a host", side, u.Redacted())
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		bad.Text = fmt.Sprintf("read the address of the %s: %q holds more than host and port", side, u.Redacted())
	default:
		l := link{side: side, host: strings.ToLower(u.Hostname()), port: u.Port()}
		if l.port == "" {
			l.port = defaultPort
		}
		return l, nil
	}
	return link{}, bad
}

func (l link) url() string {
	host := strings.ReplaceAll(net.JoinHostPort(l.host, l.port), "%", "%25") // the zone of an IPv6 address
	return "https://" + host
}

// String names the server in messages.
func (l link) String() string { return fmt.Sprintf("the %s %s", l.side, l.url()) }

// PinPath is where the certificate of a server is pinned, one file for each host and port below the credential
// directory. The URL must be https://HOST[:PORT].
func PinPath(dir, hostURL string) (string, error) {
	l, err := newLink(anySide, hostURL)
	if err != nil {
		return "", err
	}
	return l.pinPath(dir), nil
}

func (l link) pinPath(dir string) string {
	return filepath.Join(dir, pinDir, fileName(l.host)+"_"+l.port+".pem")
}

// fileName writes a host so that different hosts have different names on every file system. A colon, which only IPv6
// addresses have, becomes a tilde, which no host has.
func fileName(host string) string {
	var b strings.Builder
	for _, c := range []byte(host) {
		switch {
		case c == ':':
			b.WriteByte('~')
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// ReadPin returns the pinned certificate of a server as PEM. Where the server has no file of its own, servers/HOST.pem of
// older releases is read, else that of another member of its cluster. An error is an *Error, of kind NotOnboarded if nothing is pinned.
func ReadPin(dir, hostURL string) (string, error) {
	l, err := newLink(anySide, hostURL)
	if err != nil {
		return "", err
	}
	return l.readPin(dir)
}

func (l link) readPin(dir string) (string, error) {
	path := l.pinPath(dir)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Base(l.host) == l.host {
		path = filepath.Join(dir, pinDir, l.host+".pem")
		data, err = os.ReadFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		data, err = l.siblingPin(dir)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &Error{Kind: NotOnboarded, Text: fmt.Sprintf("connect to %s: its certificate is not pinned in %s", l, dir), Hint: l.onboardHint(), Err: err}
	case err != nil:
		return "", unusable("read the pinned certificate "+path, reason(err), "check the owner and the mode of the file", err)
	}
	if _, err := fingerprintPEM(string(data)); err != nil {
		return "", unusable("read the pinned certificate "+path, "it is not a certificate", "remove the file; then "+l.onboardHint(), nil)
	}
	return string(data), nil
}

// writePin pins a certificate in one step. A file that holds it already is left alone.
func (l link) writePin(dir, certPEM string) error {
	path := l.pinPath(dir)
	if old, err := os.ReadFile(path); err == nil && string(old) == certPEM {
		return nil
	}
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = replaceFile(path, []byte(certPEM))
	}
	if err != nil {
		return unusable("pin the certificate of "+l.String()+" in "+path, reason(err), "make room there, or name another directory by --cred-dir", err)
	}
	return nil
}

// onboardHint is how the server is onboarded, again or for the first time.
func (l link) onboardHint() string {
	if l.side == anySide {
		return "onboard it by `iab onboard`"
	}
	return fmt.Sprintf("make a token there by `incus config trust add iab`, and run `iab onboard --%s-url %s --%s-token TOKEN`", l.side, l.url(), l.side)
}

// fingerprint is the SHA-256 of a certificate in lower case hex, as Incus shows it.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func fingerprintPEM(certPEM string) (string, error) {
	cert, err := parsePEM(certPEM)
	if err != nil {
		return "", err
	}
	return fingerprint(cert.Raw), nil
}

func parsePEM(certPEM string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(certPEM))
	if block == nil {
		return nil, errors.New("it is not PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

func encodePEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// short is as much of a fingerprint as a person compares.
func short(fingerprint string) string { return fingerprint[:min(12, len(fingerprint))] }

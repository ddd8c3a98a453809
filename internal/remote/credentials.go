package remote

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

const (
	certFile = "iab_client.crt"
	keyFile  = "iab_client.key"

	// validYears is how long a new client certificate is good for.
	validYears = 10
	// clockSkew is how far a server's clock may lag behind this machine's.
	clockSkew = 24 * time.Hour

	onboardFirst = "run `iab onboard` first, or name another directory by --cred-dir"
)

// Credentials are IAB's client certificate and key, with the directory that also holds the pinned certificates. They print
// without the key.
type Credentials struct {
	Dir     string
	CertPEM string
	KeyPEM  string
	// Warnings are sentences about files that other users can get at.
	Warnings []string
}

// String names the credentials without the key.
func (c Credentials) String() string {
	return fmt.Sprintf("credentials %s in %s", short(c.Fingerprint()), c.Dir)
}

// GoString is String.
func (c Credentials) GoString() string { return c.String() }

// MarshalText is String, so that no encoder or logger writes the key.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Fingerprint is the SHA-256 of the client certificate in hex, as `incus config trust list` shows its beginning. It is empty if
// there is no certificate.
func (c Credentials) Fingerprint() string {
	sum, err := fingerprintPEM(c.CertPEM)
	if err != nil {
		return ""
	}
	return sum
}

// NotAfter is when the client certificate expires, the zero time if there is none.
func (c Credentials) NotAfter() time.Time {
	cert, err := parsePEM(c.CertPEM)
	if err != nil {
		return time.Time{}
	}
	return cert.NotAfter
}

// LoadCredentials reads the client certificate and key of a directory: ECDSA, RSA or Ed25519. Modes wider than 0600 for the
// key and 0700 for the directory are Warnings. An error is an *Error, of kind NotOnboarded if neither file exists.
func LoadCredentials(dir string) (Credentials, error) {
	what := "read IAB's credentials in " + dir
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Credentials{}, &Error{Kind: NotOnboarded, Text: what + ": the directory does not exist", Hint: onboardFirst, Err: err}
	case err != nil:
		return Credentials{}, unusable(what, reason(err), "check the owner and the mode of the directory", err)
	case !info.IsDir():
		return Credentials{}, unusable(what, "it is not a directory", "name another directory by --cred-dir", nil)
	}
	cert, noCert := os.ReadFile(filepath.Join(dir, certFile))
	key, noKey := os.ReadFile(filepath.Join(dir, keyFile))
	if err := missing(what, noCert, noKey); err != nil {
		return Credentials{}, err
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		return Credentials{}, unusable(what, certFile+" and "+keyFile+" are not a certificate and its key",
			"put the right files back, or move both away and onboard both servers again", nil)
	}
	c := Credentials{Dir: dir, CertPEM: string(cert), KeyPEM: string(key)}
	c.Warnings, err = exposed(dir, info)
	return c, err
}

// missing judges the errors of reading both files.
func missing(what string, noCert, noKey error) error {
	lost := [2]bool{errors.Is(noCert, fs.ErrNotExist), errors.Is(noKey, fs.ErrNotExist)}
	const half = "put the file back, or move the other one away and onboard both servers again"
	switch {
	case lost[0] && lost[1]:
		return &Error{Kind: NotOnboarded, Text: fmt.Sprintf("%s: %s and %s are missing", what, certFile, keyFile), Hint: onboardFirst, Err: noCert}
	case lost[0]:
		return unusable(what, certFile+" is missing, while "+keyFile+" exists", half, nil)
	case lost[1]:
		return unusable(what, keyFile+" is missing, while "+certFile+" exists", half, nil)
	}
	if err := first(noCert, noKey); err != nil {
		return unusable(what, reason(err), "check the owner and the mode of the files", err)
	}
	return nil
}

// exposed lists what other users can get at.
func exposed(dir string, info fs.FileInfo) ([]string, error) {
	var warnings []string
	if info.Mode().Perm()&0o077 != 0 {
		warnings = append(warnings, fmt.Sprintf("other users may enter %s; close it by: chmod 700 %s", dir, dir))
	}
	path := filepath.Join(dir, keyFile)
	key, err := os.Stat(path)
	if err != nil {
		return nil, unusable("read the mode of "+path, reason(err), "", err)
	}
	if key.Mode().Perm()&0o077 != 0 {
		warnings = append(warnings, fmt.Sprintf("other users may read or write the private key %s; close it by: chmod 600 %s", path, path))
	}
	return warnings, nil
}

// EnsureCredentials loads the credentials of a directory, or makes an ECDSA P-384 key with a self-signed client certificate
// for ten years from now, both files 0600 in a 0700 directory. An existing file is never overwritten: half a pair is an error.
func EnsureCredentials(dir string, now time.Time) (c Credentials, created bool, err error) {
	c, err = LoadCredentials(dir)
	var known *Error
	if !errors.As(err, &known) || known.Kind != NotOnboarded {
		return c, false, err
	}
	cert, key, err := newPair(now)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = savePair(dir, cert, key)
	}
	if err != nil {
		return Credentials{}, false, unusable("make IAB's credentials in "+dir, reason(err), "make room there, or name another directory by --cred-dir", err)
	}
	c, err = LoadCredentials(dir)
	return c, err == nil, err
}

// savePair writes both files when both are safely on the disk. Link, other than rename, refuses to overwrite what another
// process may have made meanwhile.
func savePair(dir string, cert, key []byte) error {
	keyTemp, err := stage(dir, key)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(keyTemp) }()
	certTemp, err := stage(dir, cert)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(certTemp) }()
	if err := os.Link(keyTemp, filepath.Join(dir, keyFile)); err != nil {
		return err
	}
	if err := os.Link(certTemp, filepath.Join(dir, certFile)); err != nil {
		return errors.Join(err, os.Remove(filepath.Join(dir, keyFile)))
	}
	return syncDir(dir)
}

// newPair makes a client certificate and its key, both as PEM.
func newPair(now time.Time) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "iab@" + host},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.AddDate(validYears, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return []byte(encodePEM(der)), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), nil
}

// stage writes a file of mode 0600 and a name of its own, safely on the disk.
func stage(dir string, data []byte) (path string, err error) {
	temp, err := os.CreateTemp(dir, ".iab-*")
	if err != nil {
		return "", err
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp.Name()))
	}
	return temp.Name(), nil
}

// replaceFile writes a file of mode 0600 so that at any moment the old or the new one is there as a whole.
func replaceFile(path string, data []byte) error {
	temp, err := stage(filepath.Dir(path), data)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory survive a power cut.
func syncDir(dir string) error {
	opened, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

// unusable is an error about the files of the credential directory.
func unusable(what, why, hint string, err error) error {
	return &Error{Kind: BadCredentials, Text: what + ": " + why, Hint: hint, Err: err}
}

// reason is why an operation on files failed, without its name and path.
func reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}

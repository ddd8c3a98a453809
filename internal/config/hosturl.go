package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// defaultPort is where Incus listens if an address does not say.
const defaultPort = 8443

// HostURL returns the address of a server as https://host:port: lower case, the port always there, nothing behind it.
// The error says what is wrong with the text, as a cause without verb and object.
func HostURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	scheme, _, found := strings.Cut(text, "://")
	switch {
	case text == "":
		return "", errors.New("it is empty")
	case !found:
		return "", errors.New("it does not start with https://")
	case !strings.EqualFold(scheme, "https"):
		return "", fmt.Errorf("it starts with %s, and only https:// is possible", strings.Trim(quote(scheme+"://"), `"`))
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", errors.New("it is malformed")
	}
	switch {
	case u.User != nil:
		return "", errors.New("it holds a user name or a password")
	case u.Path != "" && u.Path != "/":
		return "", errors.New("there is a path behind the host")
	case u.RawQuery != "" || u.ForceQuery:
		return "", errors.New("there is a query behind the host")
	case strings.Contains(text, "#"):
		return "", errors.New("there is a fragment behind the host")
	}
	host, err := hostname(u.Hostname())
	if err != nil {
		return "", err
	}
	port := defaultPort
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return "", fmt.Errorf("%s is no port", quote(u.Port()))
		}
	}
	normal := url.URL{Scheme: "https", Host: net.JoinHostPort(host, strconv.Itoa(port))}
	return normal.String(), nil
}

// hostname returns an IP address or a DNS name in its usual form.
func hostname(text string) (string, error) {
	if text == "" {
		return "", errors.New("it names no host")
	}
	if address, err := netip.ParseAddr(text); err == nil {
		return address.Unmap().String(), nil
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(text, "."), ".") {
		strange := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, strange) {
			return "", fmt.Errorf("%s is no host name", quote(text))
		}
	}
	return strings.ToLower(text), nil
}

// webURL checks the address of a notification service, and returns it without blanks around it; "" is fine. The error
// never shows the address.
func webURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "", errors.New("it is malformed")
	case u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("it starts with neither https:// nor http://")
	case u.Hostname() == "":
		return "", errors.New("it names no host")
	}
	return text, nil
}

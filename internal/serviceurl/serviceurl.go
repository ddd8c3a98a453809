// Package serviceurl reads the addresses of notification services, such as ntfy://HOST/TOPIC, and sends through them. Addresses are
// those of the library shoutrrr; who knows one can send in the operator's name, so no error of this package shows any of it but the
// scheme, and nothing is printed.
package serviceurl

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/format"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"
)

// URL is the address of a service that is known and can use it.
type URL struct {
	scheme string // the service: what stands before :// and a + that may be in it
	parsed *url.URL
	titled bool // the service takes a title of its own
}

// Parse reads an address without asking anybody. The error is a cause without verb and object, and holds nothing of the address.
func Parse(text string) (URL, error) {
	text = strings.TrimSpace(text)
	parsed, err := url.Parse(text)
	switch {
	case text == "":
		return URL{}, errors.New("it is empty")
	case err != nil:
		return URL{}, errors.New("it is malformed")
	case parsed.Scheme == "":
		return URL{}, errors.New("it begins with no service, such as ntfy://")
	}
	scheme, _, _ := strings.Cut(parsed.Scheme, "+")
	if !slices.Contains(Services(), scheme) {
		return URL{}, errors.New("it begins with the name of no service that is known")
	}
	settings, err := settingsOf(scheme, parsed)
	if err != nil {
		return URL{}, fmt.Errorf("the service %s can't use it", scheme)
	}
	_, err = format.GetConfigQueryResolver(settings).Get(types.TitleKey)
	return URL{scheme: scheme, parsed: parsed, titled: err == nil}, nil
}

// settingsOf lets the service read its address. Unlike the library's own way to make a service, this asks nobody: Matrix would
// log in at once.
func settingsOf(scheme string, address *url.URL) (types.ServiceConfig, error) {
	service, err := new(router.ServiceRouter).NewService(scheme)
	if err != nil {
		return nil, err
	}
	if address.Scheme != scheme {
		custom, ok := service.(types.CustomURLService)
		if !ok {
			return nil, errors.New("no custom addresses")
		}
		if address, err = custom.GetConfigURLFromCustom(address); err != nil {
			return nil, err
		}
	}
	settings := format.GetServiceConfig(service)
	return settings, settings.SetURL(address)
}

// Services lists the names of the services, sorted. What only writes a log of its own is none.
func Services() []string {
	list := new(router.ServiceRouter).ListServices()
	slices.Sort(list)
	return slices.DeleteFunc(list, func(name string) bool { return name == "logger" || name == "hangouts" })
}

// Service is the name of the service.
func (u URL) Service() string { return u.scheme }

// String is the scheme alone: the rest is secret.
func (u URL) String() string { return u.scheme + "://…" }

// GoString is the same for %#v.
func (u URL) GoString() string { return u.String() }

// Limit is how many bytes of text the service takes for sure.
func (u URL) Limit() int {
	switch u.scheme {
	case "smtp", "generic", "gotify":
		return 60_000
	case "pagerduty", "pushover", "join", "notifiarr":
		return 1_000
	case "discord":
		return 1_900
	}
	return 3_900 // ntfy, Telegram, Lark and others take 4,096
}

// Secrets are the parts of the address that no text may show, as they stand in it and as they read. There is one at least: all of it.
func (u URL) Secrets() []string {
	list := []string{u.parsed.String(), u.parsed.User.Username(), u.parsed.Opaque}
	if password, ok := u.parsed.User.Password(); ok {
		list = append(list, password)
	}
	for segment := range strings.SplitSeq(u.parsed.EscapedPath(), "/") {
		plain, _ := url.PathUnescape(segment)
		list = append(list, segment, plain)
	}
	for _, values := range u.parsed.Query() {
		list = append(list, values...)
	}
	if !hosted[u.scheme] {
		list = append(list, u.parsed.Host, u.parsed.Hostname())
	}
	list = slices.DeleteFunc(list, func(s string) bool { return len(s) < 3 }) // switches such as yes=1 would only garble texts
	slices.Sort(list)
	return slices.Compact(list)
}

// hosted are the services in whose addresses the host is one. In others a token or a key stands there.
var hosted = map[string]bool{"bark": true, "generic": true, "gotify": true, "lark": true, "matrix": true, "mattermost": true, "ntfy": true,
	"opsgenie": true, "rocketchat": true, "signal": true, "smtp": true, "zulip": true}

// Send sends one message. It takes as long as the service's own limits allow: call it with a limit of your own. The error may hold
// parts of the address, and must not be shown before they are taken out.
func (u URL) Send(title, body string) error {
	service, err := new(router.ServiceRouter).Locate(u.parsed.String())
	if err != nil {
		return err
	}
	params := types.Params{}
	if u.titled {
		params.SetTitle(title)
	} else {
		body = title + "\n\n" + body
	}
	return service.Send(body, &params)
}

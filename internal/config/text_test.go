package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestHostAddressesGetOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"https://backup1.example":         "https://backup1.example:8443",
		"https://backup1.example/":        "https://backup1.example:8443",
		" HTTPS://Backup1.Example:443 \n": "https://backup1.example:443",
		"https://192.0.2.10:8443":         "https://192.0.2.10:8443",
		"https://[2001:DB8:0::1]":         "https://[2001:db8::1]:8443",
		"https://[::ffff:192.0.2.10]":     "https://192.0.2.10:8443",
		"https://[fe80::1%25eth0]:9000":   "https://[fe80::1%25eth0]:9000",
		"https://my_host:":                "https://my_host:8443",
		"https://localhost.:1":            "https://localhost.:1",
	} {
		got, err := HostURL(text)
		if err != nil || got != want {
			t.Errorf("%q becomes %q, %v, want %q", text, got, err, want)
		}
		if again, err := HostURL(got); err != nil || again != got {
			t.Errorf("%q becomes %q, %v, and not itself", got, again, err)
		}
	}
}

func TestBadHostAddressesAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "it is empty",
		"  ":                      "it is empty",
		"backup1:8443":            "it does not start with https://",
		"ssh://backup1":           "it starts with ssh://, and only https:// is possible",
		"https://":                "it names no host",
		"https://me@backup1":      "it holds a user name or a password",
		"https://backup1/1.0":     "there is a path behind the host",
		"https://backup1?":        "there is a query behind the host",
		"https://backup1#":        "there is a fragment behind the host",
		"https://backup1:0":       `"0" is no port`,
		"https://backup1:65536":   `"65536" is no port`,
		"https://backup1:-1":      "it is malformed",
		"https://[2001:db8::zz]":  "it is malformed",
		"https://backup1\x00":     "it is malformed",
		"https://" + long(64):     `"` + long(60) + `…" is no host name`,
		"https://a." + "-b.c*d":   `"a.-b.c*d" is no host name`,
		"https://a/../b":          "there is a path behind the host",
		"https://%zz":             "it is malformed",
		long(99) + "://backup1":   "it starts with " + long(60) + "…, and only https:// is possible",
		"https//backup1.example/": "it does not start with https://",
	} {
		if got, err := HostURL(text); err == nil || err.Error() != want || got != "" {
			t.Errorf("%q becomes %q, %v, want the error %q", text, got, err, want)
		}
	}
}

func long(n int) string { return strings.Repeat("a", n) }

func TestDirectoriesAreExpanded(t *testing.T) {
	t.Setenv("HOME", "/home/operator")
	for dir, want := range map[string]string{
		"":                   "/home/operator/.config/incusAutobackup",
		DefaultCredDir:       "/home/operator/.config/incusAutobackup",
		"~":                  "/home/operator",
		"~/":                 "/home/operator",
		"~/a/b":              "/home/operator/a/b",
		"a/~":                "a/~",
		"./root/.config/iab": "./root/.config/iab",
		"/var/lib/iab":       "/var/lib/iab",
	} {
		if got, err := ExpandDir(dir); err != nil || got != want {
			t.Errorf("%q becomes %q, %v, want %q", dir, got, err, want)
		}
	}
}

func TestTheHomeDirectoryIsFoundWithoutTheVariable(t *testing.T) {
	t.Setenv("HOME", "")
	dir, err := ExpandDir("~/x")
	if err != nil || !strings.HasPrefix(dir, "/") || !strings.HasSuffix(dir, "/x") {
		t.Errorf("~/x becomes %q, %v", dir, err)
	}
}

func TestNotificationAddressesAreFoundInAnInvalidConfig(t *testing.T) {
	const hc, gotify = "https://hc.example.com/ping/1", "https://gotify.example.com/message?token=x"
	for name, c := range map[string]struct{ data, healthchecks, gotify string }{
		"unknown key":      {`{"iab":{"healthchecksUrl":"` + hc + `","gotifyUrl":"` + gotify + `","x":1}}`, hc, gotify},
		"another case":     {`{"IAB":{"HealthchecksURL" : "` + hc + `","gotifyURL"` + "\n: " + `"` + gotify + `"}}`, hc, gotify},
		"broken before":    {`{"hosts":[,],"iab":{"healthchecksUrl":"` + hc + `"}}`, hc, ""},
		"broken behind":    {`{"iab":{"gotifyUrl":"` + gotify + `"`, "", gotify},
		"another place":    {`{"gotifyUrl":"` + gotify + `"}`, "", gotify},
		"other types":      {`{"iab":{"healthchecksUrl":["x"],"gotifyUrl":5}}`, "", ""},
		"no address":       {`{"iab":{"healthchecksUrl":"","gotifyUrl":"ftp://a"}}`, "", ""},
		"escapes":          {`{"iab":{"gotifyUrl":"https:\/\/gotify.example.com\/message?token=x"}}`, "", gotify},
		"bad escapes":      {`{"iab":{"gotifyUrl":"https://a\q"}}`, "", ""},
		"text, not a key":  {`{"projects":[{"description":"\"gotifyUrl\":\"` + gotify + `\""}]}`, "", ""},
		"nothing":          {``, "", ""},
		"cut in the value": {`{"iab":{"gotifyUrl":"https://gotify.exa`, "", ""},
	} {
		healthchecks, found, _ := NotifyURLs([]byte(c.data))
		if healthchecks != c.healthchecks || found != c.gotify {
			t.Errorf("%s: found %q and %q, want %q and %q", name, healthchecks, found, c.healthchecks, c.gotify)
		}
	}
}

func TestServicesAreFoundInAnInvalidConfig(t *testing.T) {
	const ntfy, hook = `"ntfy://ntfy.example/topic"`, `{"url":"generic+https://hooks.example/x","on":"always"}`
	for name, c := range map[string]struct {
		data string
		want string
	}{
		"unknown key":     {`{"iab":{"notify":[` + ntfy + "," + hook + `],"x":1}}`, "ntfy of iab.notify[0], false; generic of iab.notify[1], true; "},
		"another case":    {`{"IAB":{"Notify" : [ ` + ntfy + `]`, "ntfy of iab.notify[0], false; "},
		"bad entries":     {`{"iab":{"notify":[5,"nonsense://x",null,{"url":5},` + ntfy + `]`, "ntfy of iab.notify[4], false; "},
		"cut in the list": {`{"iab":{"notify":[` + ntfy + `,"gener`, ""},
		"no list":         {`{"iab":{"notify":` + ntfy + `}}`, ""},
		"nothing":         {``, ""},
	} {
		_, _, services := NotifyURLs([]byte(c.data))
		got := ""
		for _, s := range services {
			got += fmt.Sprintf("%s of %s, %t; ", s.URL.Service(), s.Key, s.Always)
		}
		if got != c.want {
			t.Errorf("%s: found %q, want %q", name, got, c.want)
		}
	}
}

func TestWordsAreMatchedOnlyIfNear(t *testing.T) {
	keys := []string{"name", "mode", "instances", "url"}
	for word, want := range map[string]string{
		"nmae": "name", "Name": "name", "instance": "instances", "uri": "url", "host": "", "": "",
		long(1 << 20): "",
	} {
		if got, ok := nearest(word, keys); got != want || ok != (want != "") {
			t.Errorf("%.20q is near %q, want %q", word, got, want)
		}
	}
}

func TestHostsAreComparedWithGivenAddresses(t *testing.T) {
	cfg := Config{Source: Host{URL: "https://a:8443"}, Target: Host{URL: "https://b:8443"}}
	for _, c := range []struct {
		source, target string
		want           []string
	}{
		{"https://A", "https://b:8443/", nil},
		{"", "", nil},
		{"https://a:443", "", []string{"the source is https://a:8443 in the config, not https://a:443"}},
		{"https://b", "nonsense", []string{
			"the source is https://a:8443 in the config, not https://b:8443",
			"the target is https://b:8443 in the config, not nonsense",
		}},
	} {
		if diff := cmp.Diff(c.want, cfg.SameHosts(c.source, c.target)); diff != "" {
			t.Errorf("%q and %q (-want +got):\n%s", c.source, c.target, diff)
		}
	}
}

// TestPathsLeadBackToTheirParents holds for keys with every character.
func TestPathsLeadBackToTheirParents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := ""
		for range rapid.IntRange(1, 5).Draw(t, "depth") {
			next := element(path, rapid.IntRange(0, 99).Draw(t, "index"))
			if rapid.Bool().Draw(t, "is a key") {
				next = member(path, rapid.OneOf(rapid.String(), rapid.StringMatching(`[\["\]\\.a]*`)).Draw(t, "key"))
			}
			if got := parent(next); got != path {
				t.Fatalf("the parent of %q is %q, want %q", next, got, path)
			}
			if strings.ContainsAny(next, "\n\r\x00") {
				t.Fatalf("%q is not one line", next)
			}
			path = next
		}
	})
}

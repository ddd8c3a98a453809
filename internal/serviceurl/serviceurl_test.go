package serviceurl

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// addresses has one for every service, with SECRET in each of its secret parts.
var addresses = map[string]string{
	"bark":       "bark://:SECRETdevice@bark.example/",
	"discord":    "discord://SECRETtoken@SECRETwebhook",
	"generic":    "generic://hooks.example/SECRET/path?token=SECRET",
	"googlechat": "googlechat://chat.googleapis.com/v1/spaces/SECRET/messages?key=SECRET&token=SECRET",
	"gotify":     "gotify://gotify.example/AzyoeNS.D4iJLVa",
	"ifttt":      "ifttt://SECRETkey/?events=SECRETevent",
	"join":       "join://shoutrrr:SECRETkey@join/?devices=SECRET",
	"lark":       "lark://open.larksuite.com/SECRETtoken?secret=SECRET",
	"matrix":     "matrix://someone:SECRETpassword@matrix.example/?rooms=!SECRETroom",
	"mattermost": "mattermost://someone@chat.example/SECRETtoken/town",
	"notifiarr":  "notifiarr://SECRETkey",
	"ntfy":       "ntfy://someone:SECRETpassword@ntfy.example/SECRETtopic",
	"opsgenie":   "opsgenie://api.opsgenie.com/SECRETkey",
	"pagerduty":  "pagerduty://events.pagerduty.com/eeaaa0aaa0a0aaaaaaa0000000000000",
	"pushbullet": "pushbullet://o.abcdefghijklmnopqrstuvwxyz012345/",
	"pushover":   "pushover://shoutrrr:SECRETtoken@SECRETuser/",
	"rocketchat": "rocketchat://chat.example/SECRETa/SECRETb",
	"signal":     "signal://localhost:8080/+1234567890/+0987654321",
	"slack":      "slack://hook:WNA3PBYV6-F20DUQND3RQ-Webc4MAvoacrpPakR8phF0zi@webhook",
	"smtp":       "smtp://someone:SECRETpassword@mail.example:587/?fromaddress=iab@mail.example&toaddresses=admin@mail.example",
	"teams": "teams://11111111-4444-4444-8444-cccccccccccc@22222222-4444-4444-8444-cccccccccccc/33333333012222222222333333333344/" +
		"44444444-4444-4444-8444-cccccccccccc/V2ESyij_gAljSoUQHvZoZYzlpAoAXExyOl26dlf1xHEx05?host=contoso.webhook.office.com",
	"telegram": "telegram://123456789:ABCdefghijklmnopqrstuvwxyzABCDEFGHI@telegram?chats=@channel",
	"wecom":    "wecom://SECRETkey",
	"zulip":    "zulip://bot%40zulip.example:SECRETkey@zulip.example/?stream=foo&topic=bar",
}

func TestEveryServiceReadsItsAddressWithoutAskingAnybody(t *testing.T) {
	for _, service := range Services() {
		u, err := Parse(" " + addresses[service] + "\n")
		if err != nil || u.Service() != service {
			t.Errorf("%s: %v, %q", service, err, u.Service())
			continue
		}
		for _, text := range []string{fmt.Sprint(u), fmt.Sprintf("%+v", u), fmt.Sprintf("%#v", u), fmt.Sprintf("%q", u)} {
			if strings.Contains(text, "SECRET") || !strings.Contains(text, service+"://") {
				t.Errorf("%s is printed as %s", service, text)
			}
		}
		if n := u.Limit(); n < 1000 || n > 60_000 {
			t.Errorf("%s takes %d bytes", service, n)
		}
	}
}

// What stands in an address and could be secret is one of its secrets, so that it can be taken out of texts.
func TestEverySecretPartOfAnAddressIsKnownAsOne(t *testing.T) {
	for service, address := range addresses {
		u, err := Parse(address)
		if err != nil {
			t.Fatal(service, err)
		}
		for _, secret := range u.Secrets()[:] {
			if secret == address {
				continue // all of it
			}
			address = strings.ReplaceAll(address, secret, "…")
		}
		if strings.Contains(address, "SECRET") {
			t.Errorf("%s: a secret is left in %s", service, address)
		}
	}
}

func TestBadAddressesAreExplainedAndNotShown(t *testing.T) {
	for address, want := range map[string]string{
		"":                                 "it is empty",
		" \n":                              "it is empty",
		"ntfy.example/SECRET":              "it begins with no service, such as ntfy://",
		"ntfy://%zzSECRET":                 "it is malformed",
		"nfty://ntfy.example/SECRET":       "it begins with the name of no service that is known",
		"logger://SECRET":                  "it begins with the name of no service that is known",
		"https://hooks.example/SECRET":     "it begins with the name of no service that is known",
		"smtp://someone:SECRET@example":    "the service smtp can't use it",
		"ntfy+https://ntfy.example/SECRET": "the service ntfy can't use it",
		"telegram://SECRET@telegram":       "the service telegram can't use it",
		"slack://SECRET":                   "the service slack can't use it",
	} {
		if _, err := Parse(address); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", address, err, want)
		}
	}
}

func TestAMessageArrivesWithItsTitle(t *testing.T) {
	for scheme, want := range map[string]string{
		"generic": `{"message":"body","title":"title"}`,
		"ntfy":    `"title" "body"`,
	} {
		var got string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got = string(body)
			if title := r.Header.Get("Title"); title != "" {
				got = fmt.Sprintf("%q %q", title, body)
			}
			_, _ = io.WriteString(w, "{}")
		}))
		address := strings.Replace(server.URL, "http", scheme, 1) + "/topic?disabletls=yes&scheme=http"
		if scheme == "generic" {
			address = "generic+" + server.URL + "/topic?template=json"
		}
		u, err := Parse(address)
		if err != nil {
			t.Fatal(scheme, err)
		}
		if err := u.Send("title", "body"); err != nil || got != want {
			t.Errorf("%s: sent %s, %v, want %s", scheme, got, err, want)
		}
		server.Close()
	}
}

package incusos

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
)

// ParseRecipients reads the public keys that archives are encrypted to, each age1….
func ParseRecipients(texts []string) ([]age.Recipient, error) {
	var list []age.Recipient
	for _, text := range texts {
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(found) != 1 {
			return nil, &Error{Kind: Refused, Text: fmt.Sprintf("read the recipient %q: it is no public key of age", text), Hint: "`age-keygen -o key.txt` prints one: age1…"}
		}
		list = append(list, found...)
	}
	return list, nil
}

// ReadIdentities reads the private keys that decrypt archives from a file as age-keygen writes it. The error shows nothing of
// them.
func ReadIdentities(path string) ([]age.Identity, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{Kind: Refused, Text: fmt.Sprintf("read the identity %s: %s", path, reason(err)), Hint: "name the file that age-keygen has written"}
	}
	list, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil || len(list) == 0 {
		return nil, &Error{Kind: Refused, Text: fmt.Sprintf("read the identity %s: it holds no private key of age", path), Hint: "name the file that age-keygen has written"}
	}
	return list, nil
}

// sealed is how a file that age has encrypted begins.
var sealed = []byte("age-encryption.org/")

// decrypted returns what an encrypted archive holds. The error is a cause without verb and object.
func decrypted(r io.Reader, identities []age.Identity) (io.Reader, error) {
	plain, err := age.Decrypt(r, identities...)
	var foreigner *age.NoIdentityMatchError
	switch {
	case errors.As(err, &foreigner):
		return nil, errors.New("it is encrypted to another identity")
	case err != nil:
		return nil, fmt.Errorf("it can't be decrypted: %s", foreign(err.Error()))
	}
	return plain, nil
}

package mover

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/dbbelt/belt/internal/transfer/task"
)

// keys is what this end shows, and what the other has to show: nothing else is trusted, and no name is looked at.
type keys struct {
	own  tls.Certificate
	peer []byte
}

func readKeys(dir string) (keys, error) {
	own, err := os.ReadFile(filepath.Join(dir, task.OwnKey))
	if err != nil {
		return keys{}, err
	}
	peer, err := os.ReadFile(filepath.Join(dir, task.PeerKey))
	if err != nil {
		return keys{}, err
	}
	return parseKeys(own, peer)
}

func parseKeys(own, peer []byte) (keys, error) {
	pair, err := tls.X509KeyPair(own, own)
	if err != nil {
		return keys{}, fmt.Errorf("%s: %w", task.OwnKey, err)
	}
	block, _ := pem.Decode(peer)
	if block == nil || block.Type != "CERTIFICATE" {
		return keys{}, errors.New(task.PeerKey + " has no certificate")
	}
	return keys{own: pair, peer: block.Bytes}, nil
}

func (k keys) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{k.own},
		NextProtos: []string{fmt.Sprintf("belt-move/%d", task.Version)},
		ClientAuth: tls.RequireAnyClientCert, InsecureSkipVerify: true, // VerifyConnection decides
		SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) != 1 || !bytes.Equal(s.PeerCertificates[0].Raw, k.peer) {
				return errors.New("a stranger: its certificate is not the one that was made for this stream")
			}
			if s.NegotiatedProtocol == "" {
				return errors.New("it speaks another version of the protocol")
			}
			return nil
		},
	}
}

// greet makes a connection a trusted one. The sender is the client of TLS, whoever called whom.
func (k keys) greet(ctx context.Context, conn net.Conn, sends bool) (*tls.Conn, error) {
	if tcp, is := conn.(*net.TCPConn); is {
		// Ours are the pings; the system's would only say the same later.
		if err := tcp.SetKeepAlive(false); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	secure := tls.Server(conn, k.config())
	if sends {
		secure = tls.Client(conn, k.config())
	}
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

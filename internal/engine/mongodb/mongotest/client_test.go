package mongotest

import (
	"context"
	"net"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dbbelt/belt/pkg/remote"
)

// through makes a server's runner the dialer of a driver.
type through struct{ remote.Dialer }

func (d through) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	return d.Dial(ctx, remote.Tunnel{Address: address})
}

// dial connects a driver.
func dial(t *testing.T, r remote.Dialer, address string, login *mongoLogin) *mongo.Client {
	t.Helper()
	o := options.Client().SetHosts([]string{address}).SetDirect(true).SetDialer(through{r}).SetServerMonitoringMode("poll")
	if login != nil {
		o.SetAuth(options.Credential{AuthSource: "admin", Username: login.user, Password: login.password, AuthMechanism: "SCRAM-SHA-256"})
	}
	client, err := mongo.Connect(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Disconnect(context.Background()) })
	return client
}

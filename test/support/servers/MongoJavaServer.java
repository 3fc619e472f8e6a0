import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * A MongoDB server for tests, on loopback: PORT FILE [PKCS12 PASSWORD]. It keeps its data in FILE and, like a server that
 * is asked for a journalled write, answers a write when the file has it, so that a killed one loses nothing.
 */
public class MongoJavaServer {
    static final Set<String> WRITES =
            Set.of("insert", "update", "delete", "findAndModify", "create", "createIndexes", "drop", "dropDatabase");

    /** The wire protocol of MongoDB 5.0, which clients ask for; the server itself tells an older one. */
    static class Version implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    static class Journalled extends H2Backend {
        Journalled(String file) {
            super(file);
        }

        @Override
        public Document handleMessage(MongoMessage message) {
            Document answer = super.handleMessage(message);
            if (WRITES.contains(message.getDocument().keySet().iterator().next())) getMvStore().commit();
            return answer;
        }
    }

    public static void main(String[] args) throws Exception {
        H2Backend backend = new Journalled(args[1]);
        backend.version(new Version());
        MongoServer server = new MongoServer(backend);
        if (args.length > 2) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (FileInputStream file = new FileInputStream(args[2])) {
                keys.load(file, args[3].toCharArray());
            }
            String alias = keys.aliases().nextElement();
            PrivateKey key = (PrivateKey) keys.getKey(alias, args[3].toCharArray());
            server.enableSsl(key, null, (X509Certificate) keys.getCertificate(alias));
        }
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        new CountDownLatch(1).await();
    }
}

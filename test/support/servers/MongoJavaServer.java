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
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A MongoDB server for tests, on loopback: PORT FILE [PKCS12 PASSWORD]. It keeps its data in FILE and, like a server that
 * is asked for a journalled write, answers a write when the file has it, so that a killed one loses nothing.
 */
public class MongoJavaServer {
    static final Set<String> SCHEMA = Set.of("create", "createIndexes", "drop", "dropDatabase");
    static final Set<String> WRITES = Set.of("insert", "update", "delete", "findAndModify");

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
        private final ReentrantReadWriteLock schemaLock = new ReentrantReadWriteLock();

        Journalled(String file) {
            super(file);
        }

        @Override
        public Document handleMessage(MongoMessage message) {
            String command = message.getDocument().keySet().iterator().next();
            boolean schema = SCHEMA.contains(command);
            // The server stumbles over a document that comes while its collection gets an index.
            Lock lock = schema ? schemaLock.writeLock() : schemaLock.readLock();
            lock.lock();
            try {
                Document answer = super.handleMessage(message);
                if (schema || WRITES.contains(command)) getMvStore().commit();
                return answer;
            } finally {
                lock.unlock();
            }
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

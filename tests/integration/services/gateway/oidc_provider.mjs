// An OpenID provider for the test: client credentials, JWT access tokens, roles as the client asks.
// Prints its issuer and stays until its standard input ends.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const key = (kid, type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig',
});
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'webshop', client_secret: 'secret-of-the-test', redirect_uris: [],
      response_types: [], grant_types: ['client_credentials'],
    }],
    scopes: ['operator', 'auditor', 'none'],
    jwks: { keys: [key('rsa-1', 'rsa', { modulusLength: 2048 }, 'RS256'),
      key('ec-1', 'ec', { namedCurve: 'P-256' }, 'ES256')] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://varsam.test',
        getResourceServerInfo: (ctx, resource) => ({
          scope: 'operator auditor none', audience: resource, accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: resource.endsWith('/rsa') ? 'RS256' : 'ES256' } },
        }),
      },
    },
    formats: {
      customizers: {
        jwt: (ctx, token, jwt) => { jwt.payload.roles = (token.scope ?? '').split(' '); },
      },
    },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.on('end', () => process.exit(0)).resume();

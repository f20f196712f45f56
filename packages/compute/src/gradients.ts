/**
 * Importing `@tinyllm/compute/gradients` gives the ordinary tfjs ops their gradients, which
 * `@tensorflow/tfjs-core` leaves out. Training needs it; sampling does not, and a page that only samples is
 * smaller without it. The operations of `@tinyllm/compute` bring their own.
 */
import '@tensorflow/tfjs-core'; // first: it has the flags that registering a gradient reads
import '@tensorflow/tfjs-core/dist/register_all_gradients';

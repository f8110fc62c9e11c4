/** POST a JSON string with an expression of + - * / and parentheses; get its value. @module */
import { JsonWriter, Request, Response, serve } from 'mayfly/guest/assemblyscript'
import { Expression } from './expression.as'

serve((request: Request): Response => {
  const expression = new Expression(request.body)
  const value = expression.value()
  if (!expression.isSound) return Response.text('expected a string with an expression\n', 400)
  return Response.json(new JsonWriter().number(value).bytes())
})
